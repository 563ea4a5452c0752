"""Run the census: `python apps/census --hub URL --token-file FILE [--port N]`."""

import argparse
import sys
from pathlib import Path

import uvicorn

from census.app import make_app
from dujiang_app import Alliance


def main() -> None:
    """Serve the page on the loopback until stopped; a token file that cannot be read is said in one sentence."""
    parser = argparse.ArgumentParser(prog="census", description="Persons by condition, sex and age across the alliance. 联盟疾病普查")
    parser.add_argument("--hub", "--url", required=True, help="Address of the hub. 枢纽地址")
    parser.add_argument("--token-file", required=True, type=Path, help="File with the app's token, as `app open` gave it. 令牌文件")
    parser.add_argument("--port", type=int, default=8765, help="Port on 127.0.0.1. 端口")
    given = parser.parse_args()
    if not given.hub.startswith(("http://", "https://")):
        sys.exit("The hub's address begins with http:// or https://.\n枢纽地址须以 http:// 或 https:// 开头。")
    try:
        token = given.token_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        token = ""
    if not token:
        sys.exit("The token file cannot be read, or is empty.\n令牌文件无法读取或为空。")
    print(f"http://127.0.0.1:{given.port}/", flush=True)
    uvicorn.run(make_app(Alliance(given.hub, token)), host="127.0.0.1", port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
