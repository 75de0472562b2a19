"""Every knob: its type, its default and one sentence; read once from the environment, `.env` and secrets files."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dateline import __version__
from dateline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DATELINE_"
SHORT_BOOTSTRAP = "KAFKA_BOOTSTRAP"
# A folder with a file per setting, such as dateline_kafka__sasl_password: where other settings are found, so not one itself.
SECRETS_DIR = PREFIX + "SECRETS_DIR"
# What feeds refer to by name; the file of one is named alike, in small letters.
FEED_SECRET = PREFIX + "FEED_SECRET_"
# What our tests and measurements are told; no setting begins so.
_TESTS = PREFIX + "TEST_"
# What Kubernetes tells pods of services whose names begin like ours: kubernetes.io/docs/concepts/services-networking/service/
_SERVICE_LINK = re.compile(
    rf"{PREFIX}(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_SERVICE_LINK_PORT = re.compile(r"(?:tcp|udp|sctp)://.*")
# Below this likeness nobody can have meant the other name.
_LIKENESS = 0.5
# What is spelled so much like a setting is meant as one.
_MEANT = 0.65
# A name, an IPv4 or bare IPv6 address, or an IPv6 address in brackets; a port but after a bare IPv6 address.
_BROKER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(?::(\d{1,5}))?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")

# Where another process's operations server is.
_PEER = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_LAST_PORT = 65_535
# What a request's header can carry: letters beyond ASCII have no agreed encoding there (RFC 9110 §5.5).
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
# Scheme, user and password, host and port.
_PROXY = re.compile(r"https?://(?:[^/?#]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#:@\[\]]+)(?::(\d{1,5}))?(?:/\S*)?", re.IGNORECASE)


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _is_port(text: str | None) -> bool:
    """Whether this is a port that can be called; none given is the usual one."""
    return text is None or 0 < int(text) <= _LAST_PORT


class KafkaSettings(_Group):
    """How to reach the log, and what our topics are called."""

    bootstrap: str = Field("127.0.0.1:9092", description="Brokers to ask first, host:port, comma-separated; short: KAFKA_BOOTSTRAP.")
    topic_prefix: str = Field(
        "dateline", pattern=r"^[A-Za-z0-9_-]+$", description="First part of every topic, group and transactional id; one per deployment."
    )
    feeds_partitions: int = Field(6, ge=1, le=1000, description="Partitions of feeds, feeds.state and withdrawals; fixed once created.")
    articles_partitions: int = Field(6, ge=1, le=1000, description="Partitions of the article topics; fixed once created.")
    replication_factor: int = Field(1, ge=1, le=9, description="Copies of each partition; 3 in a cluster.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field("PLAINTEXT", description="How clients connect.")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", description="How clients log in, with SASL.")
    sasl_username: str | None = Field(None, description="User name, with SASL.")
    sasl_password: SecretStr | None = Field(None, description="Password, with SASL.")
    ssl_cafile: Path | None = Field(None, description="Certificate authorities to trust; the system's when unset.")
    ssl_certfile: Path | None = Field(None, description="Our certificate, where brokers ask for one.")
    ssl_keyfile: Path | None = Field(None, description="The key to our certificate.")
    session_timeout_seconds: float = Field(6.0, ge=1, le=60, description="A process silent for this long loses its partitions.")
    transaction_deadline_seconds: float = Field(
        # Two thirds of transaction.timeout.ms (30 s), so that we give up before the broker aborts for us;
        # above the 9 s after which a broker with default settings is fenced.
        20.0,
        ge=1,
        le=25,
        description="A transaction that takes longer is given up and its batch done again.",
    )

    @field_validator("bootstrap")
    @classmethod
    def _brokers(cls, value: str) -> str:
        for broker in value.split(","):
            found = _BROKER.fullmatch(broker.strip())
            if found is None or not _is_port(found[1]):
                raise ValueError(f"{broker.strip()!r} is not host:port")
        return value

    @model_validator(mode="after")
    def _login(self) -> Self:
        """With SASL, who we are and how we prove it. Raised as an error of ours: pydantic's would show all values, the password too."""
        if not self.security_protocol.startswith("SASL"):
            return self
        password = self.sasl_password.get_secret_value() if self.sasl_password else ""
        for name, value in (("SASL_USERNAME", self.sasl_username), ("SASL_PASSWORD", password)):
            if not value:
                raise ConfigurationError(
                    f"{PREFIX}KAFKA__{name}: is missing; DATELINE_KAFKA__SECURITY_PROTOCOL={self.security_protocol} needs user and password"
                )
        return self


class PollerSettings(_Group):
    """How often and how politely feeds are polled."""

    requests_per_second: float = Field(10.0, gt=0, description="Budget of the whole fleet.")
    host_requests_per_second: float = Field(1.0, gt=0, description="Most requests a second to one host and port.")
    timeout_seconds: float = Field(30.0, gt=0, le=300, description="Most time one fetch may take, from its first byte sent.")
    connect_timeout_seconds: float = Field(
        10.0, gt=0, le=300, description="Most time for a connection, TLS included: a host that does not even take it will not hurry."
    )
    read_timeout_seconds: float = Field(
        15.0, gt=0, le=300, description="Longest silence before and within an answer: long for a slow database, short for a dead host."
    )
    min_interval_seconds: float = Field(300.0, gt=0, description="A feed is not polled sooner by its own rate.")
    max_interval_seconds: float = Field(86400.0, gt=0, description="A feed is not polled later by its own rate.")
    concurrency: int = Field(64, ge=1, le=4096, description="Most fetches at once in one process.")
    max_wire_bytes: int = Field(
        2 << 20, ge=1024, description="A longer body as sent is an error: the largest real feed seen has 2.5 MB, unpacked."
    )
    max_body_bytes: int = Field(8 << 20, ge=1024, description="A longer body once unpacked is an error.")
    max_entries: int = Field(2000, ge=1, description="Entries read of one document; more are left and flagged.")
    max_scalar_characters: int = Field(
        64 << 10, ge=64, description="Longer titles, names, addresses and dates are cut and flagged: the longest honest one seen has 2 kB."
    )
    max_text_characters: int = Field(
        2 << 20, ge=64, description="Longer summaries and contents are cut and flagged: a record holds less than half of this."
    )
    max_list_items: int = Field(
        1000,
        ge=1,
        description="Links, authors, categories or media read of one entry; the most seen on one are 150, more are left and flagged.",
    )
    max_extensions: int = Field(
        100, ge=1, description="Names of elements without a field of their own read of one entry; the most seen on one are 30."
    )
    max_depth: int = Field(
        16, ge=1, le=200, description="Elements within elements that are kept of one without a field of its own; the deepest seen has 4."
    )
    page_deadline_seconds: float = Field(
        30.0, gt=0, le=300, description="Longest wait for the linked pages of one poll; articles then go without, flagged page_missing."
    )
    max_page_characters: int = Field(
        # Half of a record's bytes, the largest seen once trimmed: JSON writes quotes and line breaks as two.
        450_000,
        ge=1024,
        description="A longer page, scripts and pictures left out, is cut and flagged: it must fit a record beside its article.",
    )
    robots_cache_bytes: int = Field(
        # A site's file has 3 kB, so that this holds a thousand sites; parsed, the worst one takes 55 times its length.
        4 << 20,
        ge=4096,
        description="Most bytes of robots.txt and tdmrep.json files kept in one process, for a day at most.",
    )
    keep_email_addresses: bool = Field(default=False, description="Keep e-mail addresses of authors, which are dropped otherwise.")
    contact: str | None = Field(None, description="Address or page for publishers, sent in User-Agent.")
    allow_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="Private or loopback networks that may be called, comma-separated."
    )
    allow_ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], NoDecode] = Field(
        (), description="Ports below 1024 that may be called beside 80 for http and 443 for https, comma-separated."
    )
    proxy: SecretStr | None = Field(
        None, description="http(s) proxy that every fetch goes through, with user and password if it asks for them; it looks names up."
    )

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str | None) -> str | None:
        if value is not None and not _PRINTABLE.fullmatch(value):
            raise ValueError("a request's header carries printable ASCII only")
        return value

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        """Raised as an error of ours, without the value: pydantic's would show it, and it may hold a password."""
        found = _PROXY.fullmatch(value.get_secret_value()) if value is not None else None
        if value is not None and (found is None or not _is_port(found[1])):
            raise ConfigurationError("DATELINE_POLLER__PROXY: is no address such as http://user:password@proxy.example:3128")
        return value

    @model_validator(mode="after")
    def _intervals(self) -> Self:
        # A longest interval alone that is below the shortest's default brings that down with it.
        if self.min_interval_seconds > self.max_interval_seconds and "min_interval_seconds" in self.model_fields_set:
            raise ConfigurationError(
                f"DATELINE_POLLER__MIN_INTERVAL_SECONDS: {self.min_interval_seconds:g} is more than "
                f"DATELINE_POLLER__MAX_INTERVAL_SECONDS, {self.max_interval_seconds:g}"
            )
        return self

    @field_validator("allow_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("allow_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def _spare_cores() -> int:
    """The cores this process may use but one, which the loop needs for itself; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


class EnricherSettings(_Group):
    """What the enricher knows beyond its code."""

    agencies: Path | None = Field(None, description="File that adds to, corrects or mutes the built-in agency list.")
    workers: int = Field(
        default_factory=_spare_cores,
        ge=1,
        le=256,
        description="Processes that read texts; by default a core less than there are, at least one.",
    )
    worker_memory_bytes: int = Field(
        # Twenty times what a worker at work has been seen to take.
        1 << 30,
        ge=256 << 20,
        description="A worker that wants more memory ends, and the record it could not hold goes to dead-letters.",
    )
    worker_deadline_seconds: float = Field(
        # Three thousand times what a page may take (make bench-enrich).
        60.0,
        gt=0,
        le=600,
        description="A worker that gives no answer for this long is ended, and the record it hung at goes to dead-letters.",
    )


class SinkSettings(_Group):
    """How copies of one story are found."""

    window_hours: float = Field(
        # What is decided is kept for the input's 7 days, this window and a day: see log/topics.py.
        72.0,
        gt=0,
        le=72,
        description="Copies further apart than this are different stories.",
    )
    window_articles: int = Field(
        # 900 bytes each: 900 MB for a language that is published at four articles a second. It is taken as it is needed.
        1_000_000,
        ge=1_000,
        le=100_000_000,
        description="As many articles of one language are remembered within the window; beyond that the oldest are forgotten.",
    )


class OpsSettings(_Group):
    """Where operators look."""

    host: str = Field("127.0.0.1", description="Address the operations server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Its port; 0 takes a free one.")
    peers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Operations servers of other processes, http://host:port, comma-separated, for the page and `dateline top`; "
        "a name with several addresses stands for a process at each.",
    )

    def url(self, port: int) -> str:
        """Where a server that listens on this host is called from this machine: any address can be listened on, and not called."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - nobody listens here
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not value or re.search(r"\s", value):
            raise ValueError("is no address or name to listen on, such as 127.0.0.1 or 0.0.0.0")
        return value

    @field_validator("peers", mode="before")
    @classmethod
    def _split_peers(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("peers")
    @classmethod
    def _peers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for peer in value:
            found = _PEER.fullmatch(peer)
            if found is None or not _is_port(found[1]):
                raise ValueError(f"{peer!r} is not http://host:port")
        return value


class LogSettings(_Group):
    """How the services speak."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least important line that is written.")
    format: Literal["auto", "json", "console"] = Field("auto", description="auto writes colour on a terminal and JSON lines elsewhere.")


class _ShortBootstrap(PydanticBaseSettingsSource):
    """KAFKA_BOOTSTRAP as the short name of DATELINE_KAFKA__BOOTSTRAP, which wins when both are set."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class asks for it
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        value = os.environ.get(SHORT_BOOTSTRAP)
        return {"kafka": {"bootstrap": value}} if value else {}


class Settings(BaseSettings):
    """All of it, frozen, passed down from the command line."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", frozen=True, extra="ignore", secrets_dir=None
    )

    kafka: KafkaSettings = KafkaSettings()
    poller: PollerSettings = PollerSettings()
    enricher: EnricherSettings = EnricherSettings()
    sink: SinkSettings = SinkSettings()
    ops: OpsSettings = OpsSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # A file per setting, such as /run/secrets/dateline_kafka__sasl_password; named by DATELINE_SECRETS_DIR.
        folder = os.environ.get(SECRETS_DIR) or None
        if folder is not None and not Path(folder).expanduser().is_dir():
            raise ConfigurationError(f"{SECRETS_DIR}: {folder} is no folder that can be read")
        secrets = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=folder,
            secrets_dir_missing="error",
            secrets_prefix=PREFIX,
            secrets_nested_delimiter="__",
        )
        for source in (env_settings, dotenv_settings, secrets):
            if isinstance(source, EnvSettingsSource):
                _refuse_unknown(source.env_vars)
        return init_settings, env_settings, _ShortBootstrap(settings_cls), dotenv_settings, secrets


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, `.env` and secrets files; ConfigurationError names the variable that is wrong."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        where = PREFIX + "__".join(str(part).upper() for part in first["loc"][:2])
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(_no_setting(where)) from None
        got = f" (got {first['input']!r})" if where in _open_variables() else ""
        raise ConfigurationError(f"{where}: {first['msg']}{got}") from None
    except ValueError as error:
        raise ConfigurationError(f"settings cannot be read: {error}") from None


# ── what is no setting ───────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_unknown(variables: Mapping[str, str | None]) -> None:
    """ConfigurationError for the first variable that is meant as a setting and is none: nobody would notice that it is not read.

    Without `__` only what is spelled much like a setting is taken for one: a compose file's own variables stand in `.env` too.
    """
    known = {*_variables(), *(f"{PREFIX}{group}".upper() for group in Settings.model_fields), SECRETS_DIR}
    for name, value in sorted((name.upper(), value or "") for name, value in variables.items()):
        ours = name.startswith(PREFIX) and not name.startswith((FEED_SECRET, _TESTS))
        meant = "__" in name or _nearest(name, likeness=_MEANT) is not None
        if ours and meant and name not in known and not _is_service_link(name, value):
            raise ConfigurationError(_no_setting(name))


def _is_service_link(name: str, value: str) -> bool:
    if "__" in name:
        return False
    return bool(_SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_LINK_PORT.fullmatch(value)))


def _no_setting(name: str) -> str:
    """That there is no such setting, and which is meant; without its value, which may be a secret under a wrong name."""
    nearest = _nearest(name)
    return f"{name}: there is no such setting; {f'is {nearest} meant?' if nearest else 'OPERATIONS.md lists all there are'}"


def _nearest(name: str, *, likeness: float = _LIKENESS) -> str | None:
    """The setting that is spelled most like it."""
    meant = {known.removeprefix(PREFIX): known for known in (*_variables(), SECRETS_DIR, f"{FEED_SECRET}<NAME>")}
    nearest = get_close_matches(name.removeprefix(PREFIX), meant, n=1, cutoff=likeness)
    return meant[nearest[0]] if nearest else None


def _variables() -> dict[str, Any]:
    """The variable of every setting, with its field."""
    groups = {group: type(field.default).model_fields for group, field in Settings.model_fields.items()}
    return {f"{PREFIX}{group}__{name}".upper(): field for group, fields in groups.items() for name, field in fields.items()}


def _open_variables() -> set[str]:
    """Those whose values may be said: no secrets."""
    return {name for name, field in _variables().items() if SecretStr not in (field.annotation, *get_args(field.annotation))}


# ── what is told of settings ─────────────────────────────────────────────────────────────────────────────────────────


class DescribedSetting(NamedTuple):
    """One row of `dateline config`."""

    variable: str
    value: str
    origin: str
    meaning: str


def described(settings: Settings) -> list[DescribedSetting]:
    """Every setting with its value, where that came from, and its sentence; passwords are not shown."""
    return [
        _describe(group, name, getattr(settings, group), field.description or "")
        for group in Settings.model_fields
        for name, field in type(getattr(settings, group)).model_fields.items()
    ]


def _describe(group: str, name: str, settings: BaseModel, meaning: str) -> DescribedSetting:
    variable = f"{PREFIX}{group}__{name}".upper()
    value = getattr(settings, name)
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
    return DescribedSetting(variable, shown, _origin(variable, settings, name), meaning)


def _origin(variable: str, settings: BaseModel, name: str) -> str:
    if variable in os.environ:
        return "environment"
    if variable == f"{PREFIX}KAFKA__BOOTSTRAP" and SHORT_BOOTSTRAP in os.environ:
        return f"environment ({SHORT_BOOTSTRAP})"
    return "file or command line" if name in settings.model_fields_set else "default"


def feed_secrets() -> dict[str, str]:
    """What feeds refer to as ${NAME}, by name in capitals.

    DATELINE_FEED_SECRET_<NAME>, else the file dateline_feed_secret_<name> in DATELINE_SECRETS_DIR. ConfigurationError where
    the folder or a file in it cannot be read.
    """
    folder = os.environ.get(SECRETS_DIR)
    found = {}
    try:
        for path in Path(folder).iterdir() if folder else ():
            if path.name.lower().startswith(FEED_SECRET.lower()) and path.is_file():
                found[path.name[len(FEED_SECRET) :].upper()] = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{SECRETS_DIR}: its feed secrets cannot be read ({type(error).__name__}); look at the folder's rights"
        ) from error
    variables = {name[len(FEED_SECRET) :]: value for name, value in os.environ.items() if name.startswith(FEED_SECRET)}
    return found | {name.upper(): value.strip() for name, value in variables.items()}


def user_agent(contact: str | None) -> str:
    """Product, version and where a publisher finds us."""
    return f"dateline/{__version__} (+{contact})" if contact else f"dateline/{__version__} (news ingestion)"
