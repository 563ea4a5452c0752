"""Run the census: `python -m census --hub URL --token-file FILE [--port N]`."""

import argparse
from pathlib import Path

import uvicorn

from census.app import make_app
from dujiang_app import Alliance


def main() -> None:
    parser = argparse.ArgumentParser(prog="census", description="Persons by condition, sex and age across the alliance. 联盟疾病普查")
    parser.add_argument("--hub", required=True, help="Address of the hub. 枢纽地址")
    parser.add_argument("--token-file", required=True, type=Path, help="File with the app's token. 令牌文件")
    parser.add_argument("--port", type=int, default=8765)
    given = parser.parse_args()
    app = make_app(Alliance(given.hub, given.token_file.read_text().strip()))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)


main()
