"""What is worked out once, or looked for first, is what moto would have found."""

from urllib.parse import urlparse

import pytest
from moto import backend_index

from sandbox.sandbox import Sandbox


@pytest.mark.parametrize("service", ["cloudwatch", "lambda", "sns", "ssm", "stepfunctions"])
def test_an_often_called_service_shares_its_address_with_no_other(
    sandbox: Sandbox, service: str
) -> None:
    """Else the order in which moto tries them would matter, and they are tried first."""
    address = urlparse(sandbox.client(service).meta.endpoint_url)
    url = f"{address.scheme}://{address.netloc}/"
    names = {
        name for name, pattern in backend_index.backend_url_patterns if pattern.match(f"{url}any")
    } | {name for name, pattern in backend_index.backend_url_patterns if pattern.match(url)}
    assert len(names) == 1
    assert backend_index.backend_url_patterns[0][0] in {"awslambda", "cloudwatch"}
