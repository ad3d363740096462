"""What python3-websockets 10 and 15 tell differently."""


def status_of(refusal):
    """The HTTP status in a websockets.exceptions.InvalidHandshake."""
    response = getattr(refusal, "response", None)
    return response.status_code if response else refusal.status_code
