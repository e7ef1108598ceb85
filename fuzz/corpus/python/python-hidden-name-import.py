__import__('so'[::-1]).system('echo casemate')
