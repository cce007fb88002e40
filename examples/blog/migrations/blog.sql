-- Rules: a version only adds (expand), so that the previous release keeps
-- working during a rollout and after a rollback. What no supported release
-- uses any more is removed by a later version (contract). There are no "down"
-- parts: a rollback runs the old release on the newer schema.

-- 1 up
CREATE TABLE posts (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title   text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  body    text NOT NULL CHECK (char_length(body) BETWEEN 1 AND 10000),
  created timestamptz NOT NULL DEFAULT now()
);

-- 2 up
-- Nullable, because release 1 goes on inserting rows without it.
ALTER TABLE posts ADD COLUMN excerpt text;
