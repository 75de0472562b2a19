-- What stands here is never changed once it is released: a change is a file of its own with the next number.

-- The output's own id: exporters of one output share its partitions, and those of another database are apart.
CREATE TABLE dateline.output (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO dateline.output DEFAULT VALUES;

-- The lease and the position of each partition, changed only together with what they stand for; `owner` is the lease's session.
CREATE TABLE dateline.positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    owner integer,
    next_offset bigint,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE dateline.articles (
    id uuid PRIMARY KEY,
    revision integer NOT NULL,
    status text NOT NULL,
    url text,
    canonical_url text,
    headline text,
    summary text,
    body text,
    body_from text,
    body_complete boolean,
    language text,
    language_confidence double precision,
    script text,
    published_at timestamptz,
    published_precision text,
    updated_at timestamptz,
    first_seen_at timestamptz NOT NULL,
    publisher_name text,
    publisher_domain text,
    publisher_country text,
    publisher_id text,
    attribution_status text NOT NULL,
    relation text NOT NULL,
    distributor_id text,
    distributor_name text,
    dateline_place text,
    keywords text[] NOT NULL,
    categories jsonb NOT NULL,
    images jsonb NOT NULL,
    media jsonb NOT NULL,
    word_count bigint NOT NULL,
    translation_kind text,
    translation_from text,
    translation_confidence double precision,
    is_accessible_for_free boolean,
    license text,
    rights_notice text,
    tdm_reserved boolean,
    copyright text,
    feed_id uuid NOT NULL,
    feed_url text NOT NULL,
    feed_title text,
    labels text[] NOT NULL,
    story_id uuid NOT NULL,
    story_role text NOT NULL,
    story_of uuid,
    story_similarity double precision,
    content_hash text NOT NULL,
    rules text NOT NULL,
    enriched_id text NOT NULL,
    flags text[] NOT NULL,
    -- Words of any language as they stand. A tsvector holds 1 MB at most, and so many letters never make more.
    search tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', left(coalesce(headline, '') || ' ' || coalesce(summary, '') || ' ' || coalesce(body, ''), 150000))
    ) STORED
);
CREATE INDEX articles_language ON dateline.articles (language, first_seen_at);
CREATE INDEX articles_publisher ON dateline.articles USING hash (publisher_domain);
CREATE INDEX articles_story ON dateline.articles (story_id);
CREATE INDEX articles_labels ON dateline.articles USING gin (labels);
CREATE INDEX articles_published_at ON dateline.articles (published_at);
CREATE INDEX articles_first_seen_at ON dateline.articles (first_seen_at);
CREATE INDEX articles_search ON dateline.articles USING gin (search);

-- Counted from the articles that are here, never added up: 0 where all copies were withdrawn or have left.
CREATE TABLE dateline.stories (
    id uuid PRIMARY KEY,
    copies integer NOT NULL DEFAULT 0,
    -- Of exact dates, as in the events: neither days nor what lies in the future.
    earliest_published_at timestamptz,
    origin_id text,
    origin_name text,
    origin_kind text,
    origin_article_id uuid
);

-- Whose report an article is, surest first (number 0).
CREATE TABLE dateline.origins (
    article_id uuid NOT NULL REFERENCES dateline.articles (id) ON DELETE CASCADE,
    number integer NOT NULL,
    origin_id text,
    name text NOT NULL,
    kind text NOT NULL,
    country text,
    confidence double precision NOT NULL,
    PRIMARY KEY (article_id, number)
);
CREATE INDEX origins_origin_id ON dateline.origins USING hash (origin_id);
CREATE INDEX origins_name ON dateline.origins USING hash (name);

-- The words that say so. Offsets count Unicode code points, half open.
CREATE TABLE dateline.evidence (
    article_id uuid NOT NULL,
    origin_number integer NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    field text NOT NULL,
    span_start integer NOT NULL,
    span_end integer NOT NULL,
    text text NOT NULL,
    weight double precision NOT NULL,
    PRIMARY KEY (article_id, origin_number, number),
    FOREIGN KEY (article_id, origin_number) REFERENCES dateline.origins (article_id, number) ON DELETE CASCADE
);

CREATE TABLE dateline.authors (
    article_id uuid NOT NULL REFERENCES dateline.articles (id) ON DELETE CASCADE,
    number integer NOT NULL,
    name text,
    role text,
    PRIMARY KEY (article_id, number)
);
CREATE INDEX authors_name ON dateline.authors USING hash (name);
