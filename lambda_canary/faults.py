"""What an error of AWS, or of the way there, means to whoever ran the command."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as ConnectionFailed

from adapters.aws import code
from domain.model.errors import AwsUnavailable
from lambda_canary.trouble import Trouble

# What AWS, or the way there, raises. The second passes by itself, mostly.
FAULTS = (BotoCoreError, ClientError, AwsUnavailable)
PASSING = (AwsUnavailable, ConnectionFailed, HTTPClientError)

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
     "SignatureDoesNotMatch", "MissingAuthenticationToken"}
)  # fmt: skip
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_LOGIN = "log in again (such as: aws sso login), then run the command again"


def trouble_of(error: Exception) -> Trouble:
    """Say what an error of AWS or on the way there means."""
    root = error.__cause__ if isinstance(error.__cause__, Exception) else error
    if isinstance(root, ClientError):
        return _answered(root)
    if isinstance(root, NoCredentialsError):
        return Trouble("no AWS credentials were found", "set AWS_PROFILE, or: aws configure")
    if isinstance(root, SSOError | TokenRetrievalError):
        return Trouble(f"the login has expired ({root})", _LOGIN)
    if isinstance(root, NoRegionError):
        return Trouble("no AWS region is set", "use --region, or set AWS_DEFAULT_REGION")
    if isinstance(root, ProfileNotFound):
        return Trouble(str(root), "aws configure list-profiles names those there are")
    if isinstance(root, ConnectionFailed | HTTPClientError):
        return Trouble(f"AWS cannot be reached: {root}", "check the network, then try again")
    return Trouble(f"{type(root).__name__}: {root}", "try again")


def _answered(error: ClientError) -> Trouble:
    name = code(error)
    if name in _EXPIRED:
        return Trouble(f"the credentials have expired ({name})", _LOGIN)
    if name in _UNKNOWN:
        return Trouble(f"AWS does not know these credentials ({name})", _LOGIN)
    if name in _DENIED:
        return Trouble(str(error), 'see "Who may release" in docs/operating.md for the policy')
    return Trouble(str(error), "try again")
