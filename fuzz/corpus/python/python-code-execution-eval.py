def apply(expression, x):
    return eval(expression)
