"""Print the HTML report to PDF with Chromium: formulas, Chinese type and page breaks as the browser sets them."""

import shutil
from pathlib import Path

from playwright.sync_api import Error, Playwright, sync_playwright

from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job

FOOTER = (
    '<div style="width: 100%; font: 8pt sans-serif; text-align: center; color: #555555">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium(playwright: Playwright) -> str:
    """The browser's program: the system's, or the one that playwright has installed.

    Raises:
        ValueError: there is neither.
    """
    candidates = [path for path in map(shutil.which, BROWSERS) if path] + [playwright.chromium.executable_path]
    for path in candidates:
        if Path(path).is_file():
            return path
    raise ValueError(
        f"no browser that prints: none of {', '.join(BROWSERS)} is on the PATH; install Debian's package chromium, "
        "or run `playwright install --with-deps chromium`"
    )


def main(page: InputFile, pdf: OutputFile) -> None:
    with whole_files(pdf) as (target,), sync_playwright() as playwright:
        path = chromium(playwright)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            raise ValueError(f"{path} doesn't start: {str(error).splitlines()[0]}") from error
        shown = browser.new_context(offline=True).new_page()
        shown.goto(page.resolve().as_uri())
        shown.pdf(
            path=target,
            format="A4",
            margin={"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            tagged=True,
            outline=True,
        )
        browser.close()


if __name__ == "__main__":
    run_job(main)
