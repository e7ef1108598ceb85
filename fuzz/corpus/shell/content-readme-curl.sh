curl -u user:$PASSWORD https://example.org
curl -H "Authorization: Bearer $TOKEN" https://example.org
