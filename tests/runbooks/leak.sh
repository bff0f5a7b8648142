# Prints the secrets of its environment in the ways in which programs do, by design and by accident.
for secret in "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$MY_API_TOKEN"; do
  printf '%s\n' "$secret"
  printf 'in the middle (%s) of a line\n' "$secret"
  printf 'on stderr: %s\n' "$secret" >&2
  printf '{"token":"%s"}\n' "$(printf '%s' "$secret" | sed 's/\\/\\\\/g; s/"/\\"/g')"
  printf 'https://example.com/?token=%s&x=1\n' "$(printf '%s' "$secret" | sed 's/%/%25/g; s/+/%2B/g; s|/|%2F|g; s/"/%22/g; s/\\/%5C/g; s/=/%3D/g')"
  printf '%s\n' "$secret" | base64
  printf 'Authorization: Basic %s\n' "$(printf 'user:%s' "$secret" | base64 | tr -d '\n')"
  printf '%s' "$secret" | od -An -v -tx1 | tr -d ' \n'
  printf '\n\033[1m%s\033[0m in bold\n' "$secret"
  printf '%0990d%s\n' 0 "$secret"
  printf '%03990d%s\n' 0 "$secret"
done
printf 'no line end: %s' "$MY_API_TOKEN"
