-- The tables and functions, made where they are missing: a role that may not make any can use those that are there.
DO $prepare$
BEGIN
    -- One who makes them at a time: IF NOT EXISTS alone fails where two begin at once.
    PERFORM pg_advisory_xact_lock(7384610292);

    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        CREATE EXTENSION vector;
    END IF;

    -- Collation C, so that identifiers sort by their bytes.
    IF to_regclass('gusset_postings') IS NULL THEN
        CREATE TABLE gusset_collections (
            id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            tenant    text COLLATE "C" NOT NULL,
            name      text COLLATE "C" NOT NULL,
            settings  text NOT NULL,
            documents bigint NOT NULL DEFAULT 0,
            passages  bigint NOT NULL DEFAULT 0,
            length    bigint NOT NULL DEFAULT 0,
            bytes     bigint NOT NULL DEFAULT 0,
            UNIQUE (tenant, name)
        );
        CREATE TABLE gusset_documents (
            collection  bigint NOT NULL REFERENCES gusset_collections ON DELETE CASCADE,
            id          text COLLATE "C" NOT NULL,
            content     bytea NOT NULL,
            title       text NOT NULL,
            bytes       bigint NOT NULL,
            tokens      bigint NOT NULL,
            passages    bigint NOT NULL,
            added_at    bigint NOT NULL,
            keys        text[] NOT NULL,
            values      text[] NOT NULL,
            pairs       bigint[] NOT NULL,
            number_keys bigint[] NOT NULL,
            numbers     float8[] NOT NULL,
            PRIMARY KEY (collection, id)
        );
        CREATE INDEX gusset_documents_pairs ON gusset_documents USING gin (pairs);
        CREATE TABLE gusset_passages (
            id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            collection bigint NOT NULL,
            document   text COLLATE "C" NOT NULL,
            number     bigint NOT NULL,
            first_byte bigint NOT NULL,
            last_byte  bigint NOT NULL,
            tokens     bigint NOT NULL,
            headings   text[] NOT NULL,
            text       text NOT NULL,
            terms      int[] NOT NULL,
            counts     smallint[] NOT NULL,
            length     bigint NOT NULL,
            vector     vector NOT NULL,
            UNIQUE (collection, document, number),
            FOREIGN KEY (collection, document) REFERENCES gusset_documents ON DELETE CASCADE
        );
        CREATE TABLE gusset_postings (
            collection bigint NOT NULL,
            term       int NOT NULL,
            passage    bigint NOT NULL,
            count      smallint NOT NULL,
            length     bigint NOT NULL,
            PRIMARY KEY (collection, term, passage) INCLUDE (count, length)
        );
    END IF;

    -- Each function is one change, in the one transaction of the statement that calls it; each of its own statements sees what was committed before it. The number
    -- at the end is the version: what changes gets another, beside the one that others still call.

    -- Takes out the passages of a document that the caller has locked. How many there were, and their length.
    IF to_regprocedure('gusset_clear_1(bigint, text)') IS NULL THEN
        CREATE FUNCTION gusset_clear_1(_collection bigint, _document text, OUT passages bigint, OUT length bigint)
        LANGUAGE plpgsql AS $function$
        #variable_conflict use_column
        BEGIN
            DELETE FROM gusset_postings p
            USING (SELECT id, unnest(terms) AS term FROM gusset_passages
                   WHERE collection = _collection AND document = _document) o
            WHERE p.collection = _collection AND p.term = o.term AND p.passage = o.id;
            WITH gone AS (
                DELETE FROM gusset_passages WHERE collection = _collection AND document = _document RETURNING length
            )
            SELECT count(*), coalesce(sum(gone.length), 0) FROM gone INTO passages, length;
        END
        $function$;
    END IF;

    -- Adds to what a collection counts, last, because it is what writers of other documents wait for. Its passages, afterwards.
    IF to_regprocedure('gusset_count_1(bigint, bigint, bigint, bigint, bigint)') IS NULL THEN
        CREATE FUNCTION gusset_count_1(_collection bigint, _documents bigint, _passages bigint, _length bigint, _bytes bigint)
        RETURNS bigint LANGUAGE plpgsql AS $function$
        #variable_conflict use_column
        DECLARE
            _total bigint;
        BEGIN
            UPDATE gusset_collections
            SET documents = documents + _documents, passages = passages + _passages, length = length + _length,
                bytes = bytes + _bytes
            WHERE id = _collection RETURNING passages INTO _total;
            IF NOT FOUND THEN
                RAISE foreign_key_violation USING MESSAGE = 'the collection is gone';
            END IF;
            RETURN _total;
        END
        $function$;
    END IF;

    -- Makes a document what it is to be. Passages of the collection, afterwards.
    IF to_regprocedure('gusset_replace_1(bigint, jsonb)') IS NULL THEN
        CREATE FUNCTION gusset_replace_1(_collection bigint, _new jsonb) RETURNS bigint LANGUAGE plpgsql AS $function$
        #variable_conflict use_column
        DECLARE
            _id text := _new->>'id';
            _old record;
            _gone record;
            _added record;
        BEGIN
            -- Takes the row for this transaction, whoever was first, and says what the document was.
            INSERT INTO gusset_documents (collection, id, content, title, bytes, tokens, passages, added_at, keys, values, pairs,
                number_keys, numbers)
            VALUES (_collection, _id, '', '', 0, 0, 0, 0, '{}', '{}', '{}', '{}', '{}')
            ON CONFLICT (collection, id) DO UPDATE SET id = excluded.id
            RETURNING bytes, xmax = 0 AS is_new INTO _old;
            SELECT * FROM gusset_clear_1(_collection, _id) INTO _gone;
            UPDATE gusset_documents d
            SET content = decode(_new->>'content', 'hex'), title = n.title, bytes = n.bytes, tokens = n.tokens, passages = n.passages,
                added_at = n.added_at, keys = n.keys, values = n.values, pairs = n.pairs, number_keys = n.number_keys,
                numbers = n.numbers
            FROM jsonb_to_record(_new) AS n(title text, bytes bigint, tokens bigint, passages bigint, added_at bigint, keys text[],
                values text[], pairs bigint[], number_keys bigint[], numbers float8[])
            WHERE d.collection = _collection AND d.id = _id;
            WITH added AS (
                INSERT INTO gusset_passages (collection, document, number, first_byte, last_byte, tokens, headings, text, terms,
                    counts, length, vector)
                SELECT _collection, _id, n.number, n.first_byte, n.last_byte, n.tokens, n.headings, n.text, n.terms, n.counts,
                    n.length, n.vector::vector
                FROM jsonb_to_recordset(_new->'parts') AS n(number bigint, first_byte bigint, last_byte bigint, tokens bigint,
                    headings text[], text text, terms int[], counts smallint[], length bigint, vector text)
                RETURNING id, terms, counts, length
            ), posted AS (
                INSERT INTO gusset_postings (collection, term, passage, count, length)
                SELECT _collection, t.term, a.id, t.count, a.length FROM added a, unnest(a.terms, a.counts) AS t(term, count)
            )
            SELECT count(*) AS passages, coalesce(sum(added.length), 0) AS length FROM added INTO _added;
            RETURN gusset_count_1(_collection, _old.is_new::int::bigint, _added.passages - _gone.passages,
                (_added.length - _gone.length)::bigint, (_new->>'bytes')::bigint - _old.bytes);
        END
        $function$;
    END IF;

    -- Removes a document. Whether there was one.
    IF to_regprocedure('gusset_remove_1(bigint, text)') IS NULL THEN
        CREATE FUNCTION gusset_remove_1(_collection bigint, _id text) RETURNS boolean LANGUAGE plpgsql AS $function$
        #variable_conflict use_column
        DECLARE
            _old record;
            _gone record;
        BEGIN
            SELECT bytes FROM gusset_documents WHERE collection = _collection AND id = _id FOR UPDATE INTO _old;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            SELECT * FROM gusset_clear_1(_collection, _id) INTO _gone;
            DELETE FROM gusset_documents WHERE collection = _collection AND id = _id;
            PERFORM gusset_count_1(_collection, -1, -_gone.passages, -_gone.length, -_old.bytes);
            RETURN true;
        END
        $function$;
    END IF;

    -- Deletes a collection, with its index. Writers at work in it are waited for; those that come later find it gone. Whether there was one.
    IF to_regprocedure('gusset_delete_1(text, text)') IS NULL THEN
        CREATE FUNCTION gusset_delete_1(_tenant text, _name text) RETURNS boolean LANGUAGE plpgsql AS $function$
        #variable_conflict use_column
        DECLARE
            _collection bigint;
        BEGIN
            DELETE FROM gusset_collections WHERE tenant = _tenant AND name = _name RETURNING id INTO _collection;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            DELETE FROM gusset_postings WHERE collection = _collection;
            EXECUTE format('DROP INDEX IF EXISTS gusset_vectors_%s', _collection);
            RETURN true;
        END
        $function$;
    END IF;
END
$prepare$
