octet --verison
