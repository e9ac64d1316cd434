"""AWS's requests over HTTP: read, checked by the services' own models, and answered by moto.

https://smithy.io/2.0/aws/protocols/index.html says what the protocols are. Whatever comes gets an
answer in its service's form: AWS's error where AWS has one, SandboxNotImplemented (501, which no
client repeats) where the sandbox falls short.
"""
