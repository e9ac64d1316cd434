"""`python -m lambda_canary`, which is `lambda-canary`."""

from lambda_canary.commands import main

if __name__ == "__main__":
    main()
