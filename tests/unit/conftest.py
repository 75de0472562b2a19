"""Pure code and fakes wait for nothing outside: their loop's clock jumps."""

from jumping_loop import JumpingLoop


def pytest_asyncio_loop_factories():
    return {"jumping": JumpingLoop}
