"""Where the bureau's own sign-in is set up: what is written, and what is refused before anybody
trusts it.
"""

import tomllib

import pytest

from ops.auth.oidc import KEYS, provider, set_up
from ops.base.errors import BadSettings

METADATA = "https://id.bureau.example/.well-known/openid-configuration"
BOARD = "https://xunban.example"
SOUND = {
    "redirect_uri": f"{BOARD}/oauth2callback",
    "cookie_secret": "c" * 32,
    "client_id": "xunban",
    "client_secret": "s3cret-of-the-client",
    "server_metadata_url": METADATA,
}


def test_what_is_set_up_is_sound_private_and_signed_with_a_new_key_each_time(tmp_path):
    keys = set()
    for name in ("a", "b"):
        path = tmp_path / name / "secrets.toml"
        assert (
            set_up(path, METADATA, "xunban", 'quo"ted\\', BOARD + "/") == f"{BOARD}/oauth2callback"
        )
        assert provider(path) == METADATA
        assert path.stat().st_mode & 0o777 == 0o600
        kept = tomllib.loads(path.read_text(encoding="utf-8"))["auth"]
        assert (tuple(kept), kept["client_secret"]) == (KEYS, 'quo"ted\\')
        keys.add(kept["cookie_secret"])
    assert len(keys) == 2
    assert min(map(len, keys)) >= 64


def test_what_is_there_is_not_written_over(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text("# mine\n", encoding="utf-8")
    with pytest.raises(FileExistsError):
        set_up(path, METADATA, "xunban", "secret", BOARD)
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert provider(path) is None


def test_without_a_file_nothing_is_set_up(tmp_path):
    assert provider(tmp_path / "secrets.toml") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://xunban.example",
        "xunban.example",
        "",
        "https://",
        "javascript:alert(1)",
        "https://xunban.example/x",
        "http://[::1",
        "ftp://127.0.0.1",
        "https://a.example\n",
    ],
)
def test_an_address_that_others_could_read_is_refused(tmp_path, url):
    with pytest.raises(BadSettings, match=r"\[auth\] redirect_uri"):
        set_up(tmp_path / "secrets.toml", METADATA, "xunban", "secret", url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8501", "http://localhost:{port}", "http://[::1]:8501", BOARD]
)
def test_https_or_this_machine_will_do(tmp_path, url):
    assert (
        set_up(tmp_path / "secrets.toml", METADATA, "xunban", "secret", url)
        == f"{url}/oauth2callback"
    )


@pytest.mark.parametrize(
    "changes",
    [
        *({key: None} for key in KEYS),
        *({key: " "} for key in KEYS),
        {"cookie_secret": "short"},
        {"server_metadata_url": "http://id.bureau.example/"},
        {"redirect_uri": f"{BOARD}/elsewhere"},
    ],
)
def test_a_file_that_can_not_work_is_refused_without_its_secrets(tmp_path, changes):
    path = tmp_path / "secrets.toml"
    kept = {key: value for key, value in (SOUND | changes).items() if value is not None}
    path.write_text(
        "[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in kept.items()),
        encoding="utf-8",
    )
    with pytest.raises(BadSettings, match=next(iter(changes))) as refused:
        provider(path)
    assert SOUND["client_secret"] not in str(refused.value)


@pytest.mark.parametrize("text", ["[auth", "auth = 1", "\xff\xfe"])
def test_a_file_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "secrets.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSettings):
        provider(path)
