"""The topics that the poller reads and writes, without their prefix."""

FEEDS = "feeds"
FEEDS_STATE = "feeds.state"
RAW = "articles.raw"
WITHDRAWALS = "withdrawals"
# A plan's key in `feeds.state` is its feed's id with this.
PLAN_SUFFIX = "/plan"
