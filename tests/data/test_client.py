"""Variables of the environment: what they say is done, and what cannot be done is one line that names the variable."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import certifi
import httpx
import pytest

from lib.data import client
from lib.data.client import CERTIFICATES, KEY_LOG, open_client, proxy_for
from lib.data.fetch import FetchError, fetch
from lib.data.sources import PublicMirror, Source, SourceFile

PROXIES = [name for kind in ("http", "https", "all", "no") for name in (f"{kind}_proxy", f"{kind}_proxy".upper())]
NOBODY = "http://127.0.0.1:9/a.gz"


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in (*PROXIES, *CERTIFICATES, KEY_LOG):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def message(tmp_path, quick):
    """What a user reads where the only mirror is an address."""

    def run(url: str = NOBODY) -> str:
        source = Source(
            "mnist", "MNIST", {}, {}, (SourceFile("a.gz", "idx", sha256="0"),), (PublicMirror(url, "a.gz"),)
        )
        with pytest.raises(FetchError) as failure:
            fetch("mnist", {"mnist": source}, tmp_path / "raw", [], settings=quick, report=lambda line: None)
        return str(failure.value)

    return run


def test_what_the_users_own_mirrors_said_is_told_beside_a_wrong_variable(monkeypatch, tmp_path, quick):
    source = Source("mnist", "MNIST", {}, {}, (SourceFile("a.gz", "idx", sha256="0"),), (PublicMirror(NOBODY, "a.gz"),))
    monkeypatch.setenv("ALL_PROXY", "socks4://h:1")
    with pytest.raises(FetchError, match=rf"ALL_PROXY: socks4://h:1: not the address of a proxy.*\n +{tmp_path} +\S"):
        fetch("mnist", {"mnist": source}, tmp_path / "raw", [str(tmp_path)], settings=quick, report=lambda line: None)


@pytest.mark.parametrize("name", ["ALL_PROXY", "http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://me:secret@host:8o80", "http://...: not the address of a proxy; allowed: http://host:port, "),
        ("socks4://me:secret@host:1080", "socks4://host:1080: not the address of a proxy; allowed: "),
        ("http://[::1", "http://...: not the address of a proxy; allowed: "),
    ],
)
def test_a_proxy_that_cannot_be_one_is_named_by_its_variable(monkeypatch, message, name, value, expected):
    monkeypatch.setenv(name, value)
    text = message()
    assert text.startswith(f"MNIST could not be fetched: {name}: {expected}")
    assert "\n" not in text and "secret" not in text


def test_a_socks_proxy_without_its_package_says_what_to_install(monkeypatch, message):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    text = message()
    assert text.startswith("MNIST could not be fetched: ALL_PROXY: socks5://127.0.0.1:1080: a SOCKS proxy needs")
    assert "pip install socksio" in text and "\n" not in text


def test_a_variable_that_is_not_needed_is_not_looked_at(monkeypatch, server, behave):
    """Many set ``all_proxy`` to a SOCKS proxy beside an HTTP proxy for the web."""
    monkeypatch.setenv("ALL_PROXY", "socks4://host:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = server.plan("/a", behave.whole(b"content"))
    with open_client(timeout=5, max_redirects=0) as client:
        assert client.get(url).content == b"content"


@pytest.mark.parametrize(
    ("excepted", "direct", "by_proxy"),
    [
        ("[::1],10.0.0.0/8,fe80::/10", "http://[::1]:8080/", "http://127.0.0.1/"),
        ("::1", "http://[::1]:8080/", "http://host.org/"),
        ("localhost, .host.org", "https://www.host.org/a", "https://myhost.org/"),
        ("*", "http://host.org/", None),
    ],
)
def test_addresses_in_no_proxy_are_reached_directly(monkeypatch, excepted, direct, by_proxy):
    monkeypatch.setenv("all_proxy", "proxy:3128")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert proxy_for(httpx.URL(direct)) is None
    if by_proxy:
        assert proxy_for(httpx.URL(by_proxy)) == ("all_proxy", "http://proxy:3128")


def test_an_address_in_brackets_in_no_proxy_stops_nothing(monkeypatch, message):
    monkeypatch.setenv("NO_PROXY", "[::1]")
    assert "connection refused" in message()


def test_requests_go_by_the_proxy_and_its_failure_names_the_variable(monkeypatch, message, server, behave):
    proxy = server.plan("http://host.invalid/a.gz", behave.status(404)).partition("http://host")[0]
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert "status 404" in message("http://host.invalid/a.gz")
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    text = message("http://host.invalid/a.gz")
    assert "connection refused (proxy of HTTP_PROXY) after 3 tries" in text
    assert "secret" not in text
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert "proxy" not in message("ftp://host.invalid/a.gz")  # no proxy is asked for what cannot be fetched


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_certificates_that_cannot_be_read_are_named_by_their_variable(monkeypatch, tmp_path, message, name, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv(name, str(path))
    text = message()
    assert text.startswith(f"MNIST could not be fetched: {name}: {path}: no file or folder with certificates (")
    assert "\n" not in text and "raw" not in text


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_are_taken_from_a_file_or_a_folder(monkeypatch, tmp_path, message, name):
    usual = len(client.trusted().get_ca_certs())
    first = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    (tmp_path / "ca.pem").write_text("".join(first[:2]) + "\n", encoding="utf-8")
    for value, trusted in ((tmp_path / "ca.pem", 1), (tmp_path, 0)):  # those of a folder are read when they are needed
        monkeypatch.setenv(name, str(value))
        assert len(client.trusted().get_ca_certs()) == trusted < usual
        assert "connection refused" in message()


@pytest.mark.parametrize("beside", [None, "SSL_CERT_FILE"])
def test_a_log_of_keys_that_cannot_be_written_is_named(monkeypatch, tmp_path, message, beside):
    monkeypatch.setenv(KEY_LOG, str(tmp_path / "nowhere/keys"))
    if beside:
        monkeypatch.setenv(beside, certifi.where())
    assert message().startswith(f"MNIST could not be fetched: {KEY_LOG}: {tmp_path}/nowhere/keys: cannot be written (")


def test_the_client_logs_no_address_at_any_level(server, behave, caplog):
    url = server.plan("/a", behave.whole(b"content")).replace("://", "://me:secret@") + "?token=secret"
    with caplog.at_level(logging.DEBUG), open_client(timeout=5, max_redirects=0) as client:
        assert client.get(url).content == b"content"
    assert "secret" not in caplog.text and "token" not in caplog.text
