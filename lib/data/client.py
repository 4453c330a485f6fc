"""The HTTP client: proxies and certificates as the environment says, and one line for what it says wrongly."""

from __future__ import annotations

import logging
import os
import ssl
import urllib.request

import httpx

from lib.data.addresses import shown

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
KEY_LOG = "SSLKEYLOGFILE"  # Python opens it for every encrypted connection

# They log addresses whole, with the passwords in them; the lines of progress say the same without.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)


class VariableError(Exception):
    """A variable of the environment cannot be used; the text is one line that names it."""


def trusted() -> ssl.SSLContext:
    """Certificates of the first variable that names some, else those that come with the client."""
    name = next((name for name in CERTIFICATES if os.environ.get(name)), None)
    try:
        if name is None:
            return httpx.create_ssl_context(trust_env=False)
        places = os.environ[name]
        folders = any(map(os.path.isdir, places.split(os.pathsep)))
        return ssl.create_default_context(cafile=None if folders else places, capath=places if folders else None)
    except OSError as error:
        wrong = "no file or folder with certificates"
        if error.filename and KEY_LOG in os.environ:  # errors of certificates have no name of a file
            name, wrong = KEY_LOG, "cannot be written"
        if name is None:
            raise
        said = error.strerror or error
        raise VariableError(f"{name}: {os.environ[name]}: {wrong} ({said}); correct it or unset it") from error


def proxy_for(url: httpx.URL) -> tuple[str, str] | None:
    """The variable and the address of the proxy by which ``url`` is reached, if any."""
    if any(urllib.request.proxy_bypass(place) for place in (url.host, url.netloc.decode("ascii"))):
        return None
    proxies = urllib.request.getproxies()
    for kind in (url.scheme, "all"):
        if address := proxies.get(kind):
            set_so = [name for name, value in os.environ.items() if (name.lower(), value) == (f"{kind}_proxy", address)]
            return (set_so or [f"the system's {kind} proxy"])[0], address if "://" in address else f"http://{address}"
    return None


class _Transport(httpx.BaseTransport):
    """Every request, those after a redirect too, directly or by the proxy that is meant for its address."""

    def __init__(self) -> None:
        self.trusted = trusted()
        self.by_proxy: dict[tuple[str, str] | None, httpx.HTTPTransport] = {}

    def _open(self, proxy: tuple[str, str] | None) -> httpx.HTTPTransport:
        if proxy is None:
            return httpx.HTTPTransport(verify=self.trusted)
        variable, address = proxy
        try:
            return httpx.HTTPTransport(verify=self.trusted, proxy=address)
        except ImportError as error:
            raise VariableError(
                f"{variable}: {shown(address)}: a SOCKS proxy needs the package socksio (pip install socksio); install"
                " it, or name an HTTP proxy, http://host:port"
            ) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise VariableError(
                f"{variable}: {shown(address)}: not the address of a proxy; allowed: http://host:port,"
                " https://host:port, socks5://host:port; correct it or unset it"
            ) from error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        proxy = proxy_for(request.url)
        if proxy not in self.by_proxy:
            self.by_proxy[proxy] = self._open(proxy)
        return self.by_proxy[proxy].handle_request(request)

    def close(self) -> None:
        for transport in self.by_proxy.values():
            transport.close()


def open_client(*, timeout: float, max_redirects: int) -> httpx.Client:
    """A client that follows redirects; ``timeout`` in seconds. Raises :class:`VariableError`, its requests too."""
    return httpx.Client(transport=_Transport(), timeout=timeout, follow_redirects=True, max_redirects=max_redirects)
