"""Take the picture of a report's first screen that the README shows: python docs/first_screen.py PAGE PICTURE."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.print_report import chromium

SIZE = {"width": 1200, "height": 900}


def main(page: str, picture: str) -> None:
    with sync_playwright() as playwright:
        try:
            program = chromium(playwright)
        except ValueError as error:
            print(f"{picture} stays as it is: {error}", file=sys.stderr)
            return
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_context(offline=True, viewport=SIZE).new_page()
        view.goto(Path(page).resolve().as_uri())
        view.wait_for_timeout(1500)
        view.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
