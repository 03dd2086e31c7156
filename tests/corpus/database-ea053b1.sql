SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE public.access_check (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'queued'::text NOT NULL,
    outcome text,
    message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    deadline_at timestamp with time zone,
    finished_at timestamp with time zone,
    worker text,
    lease_until timestamp with time zone,
    fence bigint DEFAULT 0 NOT NULL,
    candidate boolean DEFAULT false NOT NULL,
    CONSTRAINT access_check_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'finished'::text])))
);
CREATE TABLE public.account (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.api_key (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    hash bytea NOT NULL,
    hint text NOT NULL,
    environment text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT api_key_environment_check CHECK ((environment = ANY (ARRAY['sandbox'::text, 'production'::text]))),
    CONSTRAINT api_key_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT api_key_role_check CHECK ((role = ANY (ARRAY['read'::text, 'admin'::text])))
);
CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    account_id text COLLATE pg_catalog."C",
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    environment text COLLATE pg_catalog."C",
    outcome text DEFAULT 'done'::text NOT NULL COLLATE pg_catalog."C",
    request_id text COLLATE pg_catalog."C",
    CONSTRAINT audit_environment_check CHECK ((environment = ANY (ARRAY['sandbox'::text, 'production'::text])))
);
ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.change (
    account_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    record_id text COLLATE pg_catalog."C",
    kind text NOT NULL,
    fields text[],
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT change_kind_check CHECK ((kind = ANY (ARRAY['upsert'::text, 'delete'::text, 'reset'::text])))
);
ALTER TABLE public.change ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.change_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.checkpoint (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    watermark text,
    state_format integer NOT NULL,
    last_complete_full_at timestamp with time zone,
    incrementals integer DEFAULT 0 NOT NULL,
    suspect_rows bigint
);
CREATE TABLE public.connector_approval (
    connector_id text NOT NULL COLLATE pg_catalog."C",
    grants jsonb NOT NULL,
    approved_at timestamp with time zone DEFAULT now() NOT NULL,
    approved_by text NOT NULL
);
CREATE TABLE public.connector_refusal (
    file text NOT NULL,
    digest text NOT NULL COLLATE pg_catalog."C",
    connector_id text,
    vendor text,
    code text NOT NULL,
    detail text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.connector_version (
    connector_id text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    version text NOT NULL,
    vendor text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    manifest jsonb NOT NULL,
    imports jsonb NOT NULL,
    grants jsonb NOT NULL,
    difference jsonb,
    file text NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT connector_version_status_check CHECK ((status = ANY (ARRAY['active'::text, 'pending_approval'::text, 'superseded'::text, 'removed'::text])))
);
CREATE TABLE public.console_invitation (
    hash bytea NOT NULL,
    user_id text COLLATE pg_catalog."C",
    email text,
    role text NOT NULL,
    all_accounts boolean NOT NULL,
    accounts text[] DEFAULT '{}'::text[] NOT NULL,
    invited_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT console_invitation_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT console_invitation_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'support'::text, 'read_only'::text])))
);
CREATE TABLE public.console_user (
    id text NOT NULL COLLATE pg_catalog."C",
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    all_accounts boolean NOT NULL,
    accounts text[] DEFAULT '{}'::text[] NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    password_changed_at timestamp with time zone DEFAULT now() NOT NULL,
    last_signed_in_at timestamp with time zone,
    disabled_at timestamp with time zone,
    CONSTRAINT console_user_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'support'::text, 'read_only'::text])))
);
CREATE TABLE public.credential_candidate (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    check_id text NOT NULL COLLATE pg_catalog."C",
    settings jsonb NOT NULL,
    wrapped bytea NOT NULL,
    names text[] NOT NULL,
    blobs bytea[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.data_access (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    verdict text NOT NULL,
    message text,
    record_count bigint,
    sample jsonb,
    restrictions jsonb DEFAULT '[]'::jsonb NOT NULL,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    checked_at timestamp with time zone DEFAULT now() NOT NULL,
    check_id text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT data_access_verdict_check CHECK ((verdict = ANY (ARRAY['granted'::text, 'empty'::text, 'partial'::text, 'denied'::text, 'not_licensed'::text, 'unsupported'::text, 'unknown'::text, 'error'::text])))
);
CREATE TABLE public.data_key (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.dead_letter (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id bigint NOT NULL,
    run_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL,
    external_id text,
    kind text NOT NULL,
    message text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone
);
ALTER TABLE public.dead_letter ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dead_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.derived_views (
    only_row boolean DEFAULT true NOT NULL,
    hash bytea NOT NULL,
    names text[] NOT NULL,
    CONSTRAINT derived_views_only_row_check CHECK (only_row)
);
CREATE TABLE public.held_deletes (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    run_id text NOT NULL COLLATE pg_catalog."C",
    doomed bigint NOT NULL,
    live_rows bigint NOT NULL,
    held_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.installation (
    only_row boolean DEFAULT true NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    vault_key_id text NOT NULL COLLATE pg_catalog."C",
    key_check bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_only_row_check CHECK (only_row)
);
CREATE TABLE public.integration (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    vendor text NOT NULL,
    connector_id text NOT NULL,
    environment text NOT NULL,
    base_url text,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    id_salt bytea NOT NULL,
    enabled boolean DEFAULT false NOT NULL,
    credentials text DEFAULT 'unchecked'::text NOT NULL,
    credentials_message text,
    credentials_code text,
    vendor_account_id text,
    vendor_account_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_at timestamp with time zone,
    new_properties_are_enabled boolean DEFAULT true NOT NULL,
    keeps_originals boolean DEFAULT false NOT NULL,
    CONSTRAINT integration_check CHECK ((NOT (enabled AND (archived_at IS NOT NULL)))),
    CONSTRAINT integration_credentials_check CHECK ((credentials = ANY (ARRAY['unchecked'::text, 'valid'::text, 'rejected'::text]))),
    CONSTRAINT integration_environment_check CHECK ((environment = ANY (ARRAY['sandbox'::text, 'production'::text]))),
    CONSTRAINT integration_id_salt_check CHECK ((octet_length(id_salt) = 16))
);
CREATE TABLE public.limiter (
    scope text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    state text NOT NULL,
    idle_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE public.model_state (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    generation bigint DEFAULT 0 NOT NULL,
    generation_at timestamp with time zone DEFAULT now() NOT NULL,
    generation_owed boolean DEFAULT false NOT NULL,
    live_rows bigint DEFAULT 0 NOT NULL,
    settled boolean DEFAULT false NOT NULL,
    last_complete_full_at timestamp with time zone,
    last_result text,
    last_finished_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.model_switch (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    enabled boolean NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.partition_setting (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    property text NOT NULL COLLATE pg_catalog."C",
    enabled boolean NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.pass (
    account_id text NOT NULL COLLATE pg_catalog."C",
    run_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    total_first bigint,
    total_last bigint,
    keyless bigint DEFAULT 0 NOT NULL,
    complete boolean DEFAULT false NOT NULL
);
CREATE TABLE public.record (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
)
PARTITION BY LIST (model);
CREATE TABLE public.record_applicants (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_applications (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_default (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_employees (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_financial_accounts (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_lease_balances (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_leases (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_listings (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_original (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    body bytea NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE ONLY public.record_original ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE public.record_owners (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_properties (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_recurring_resident_charges (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_resident_charges (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_resident_payments (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_residents (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_service_requests (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_units (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.record_vendors (
    account_id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    scope text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    external_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    vendor text NOT NULL COLLATE pg_catalog."C",
    doc jsonb NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    x_updated_at timestamp with time zone,
    deleted_at timestamp with time zone,
    revived_at timestamp with time zone,
    property_id text COLLATE pg_catalog."C",
    x_property_id text COLLATE pg_catalog."C",
    unit_id text COLLATE pg_catalog."C",
    x_unit_id text COLLATE pg_catalog."C",
    related text[] DEFAULT '{}'::text[] NOT NULL,
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    missing_since timestamp with time zone,
    last_seen_at timestamp with time zone,
    absence smallint DEFAULT 0 NOT NULL
);
CREATE TABLE public.run (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    sync_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    lead_run_id text COLLATE pg_catalog."C",
    after text[] DEFAULT '{}'::text[] NOT NULL,
    status text NOT NULL,
    span jsonb NOT NULL,
    cursor text,
    state_format integer NOT NULL,
    started_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    worker text,
    lease_until timestamp with time zone,
    fence bigint DEFAULT 0 NOT NULL,
    pages bigint DEFAULT 0 NOT NULL,
    rows_new bigint DEFAULT 0 NOT NULL,
    rows_changed bigint DEFAULT 0 NOT NULL,
    rows_unchanged bigint DEFAULT 0 NOT NULL,
    rows_dead bigint DEFAULT 0 NOT NULL,
    requests bigint DEFAULT 0 NOT NULL,
    total bigint,
    error_code text,
    error_message text,
    who_must_act text,
    connector_digest text,
    connector_version text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    rows_deleted bigint DEFAULT 0 NOT NULL,
    rows_fresh bigint DEFAULT 0 NOT NULL,
    partitions_done bigint,
    partitions_total bigint,
    partitions_skipped bigint DEFAULT 0 NOT NULL,
    skip_message text,
    waited_ms bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.schedule (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    model text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    every_s bigint,
    cron text,
    zone text,
    next_due_at timestamp with time zone,
    taken_until timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schedule_check CHECK (((kind = 'interval'::text) = (every_s IS NOT NULL))),
    CONSTRAINT schedule_check1 CHECK (((kind = 'cron'::text) = ((cron IS NOT NULL) AND (zone IS NOT NULL)))),
    CONSTRAINT schedule_every_s_check CHECK ((every_s > 0)),
    CONSTRAINT schedule_kind_check CHECK ((kind = ANY (ARRAY['on_demand'::text, 'interval'::text, 'cron'::text])))
);
CREATE TABLE public.secret (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    data_key_version integer NOT NULL,
    blob bytea NOT NULL
);
CREATE TABLE public.seen (
    account_id text NOT NULL COLLATE pg_catalog."C",
    run_id text NOT NULL COLLATE pg_catalog."C",
    unit bigint NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    partition text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    keys bigint[] NOT NULL
);
ALTER TABLE ONLY public.seen ALTER COLUMN keys SET STORAGE EXTERNAL;
ALTER TABLE public.seen ALTER COLUMN unit ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.seen_unit_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.session (
    id text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    users text[] NOT NULL,
    status text NOT NULL,
    holder text,
    held_until timestamp with time zone,
    minted_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    idle interval,
    used_at timestamp with time zone,
    proved boolean DEFAULT false NOT NULL,
    barren integer DEFAULT 0 NOT NULL,
    note text,
    wrapped bytea,
    blob bytea,
    CONSTRAINT session_status_check CHECK ((status = ANY (ARRAY['opening'::text, 'live'::text, 'leaving'::text, 'over'::text])))
);
CREATE TABLE public.sync (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    cancel_requested boolean DEFAULT false NOT NULL,
    back_sync boolean GENERATED ALWAYS AS ((kind = 'back_sync'::text)) STORED NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    models text[],
    CONSTRAINT sync_kind_check CHECK ((kind = ANY (ARRAY['first'::text, 'manual'::text, 'scheduled'::text, 'back_sync'::text])))
);
CREATE TABLE public.sync_log (
    account_id text NOT NULL COLLATE pg_catalog."C",
    integration_id text NOT NULL COLLATE pg_catalog."C",
    id bigint NOT NULL,
    sync_id text NOT NULL COLLATE pg_catalog."C",
    run_id text COLLATE pg_catalog."C",
    model text COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    level text NOT NULL,
    event text NOT NULL,
    message text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT sync_log_level_check CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warn'::text, 'error'::text])))
);
ALTER TABLE public.sync_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sync_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW public.v_applicants AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_lead_id'::text) AS x_lead_id,
    (r.doc ->> 'x_resident_id'::text) AS x_resident_id,
    (r.doc ->> 'x_group_id'::text) AS x_group_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'first_name'::text) AS first_name,
    (r.doc ->> 'middle_name'::text) AS middle_name,
    (r.doc ->> 'last_name'::text) AS last_name,
    (r.doc ->> 'email_1'::text) AS email_1,
    (r.doc ->> 'email_2'::text) AS email_2,
    COALESCE((r.doc ->> 'phone_1'::text), (r.doc #>> '{phones,0,number}'::text[])) AS phone_1,
    COALESCE((r.doc ->> 'phone_1_type'::text), (r.doc #>> '{phones,0,type_normalized}'::text[])) AS phone_1_type,
    COALESCE((r.doc ->> 'phone_2'::text), (r.doc #>> '{phones,1,number}'::text[])) AS phone_2,
    COALESCE((r.doc ->> 'phone_2_type'::text), (r.doc #>> '{phones,1,type_normalized}'::text[])) AS phone_2_type,
    ((r.doc ->> 'date_of_birth'::text))::date AS date_of_birth,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    (r.doc ->> 'address_1_alternate'::text) AS address_1_alternate,
    (r.doc ->> 'address_2_alternate'::text) AS address_2_alternate,
    (r.doc ->> 'address_3_alternate'::text) AS address_3_alternate,
    (r.doc ->> 'city_alternate'::text) AS city_alternate,
    (r.doc ->> 'state_alternate'::text) AS state_alternate,
    (r.doc ->> 'zip_alternate'::text) AS zip_alternate,
    (r.doc ->> 'country_alternate'::text) AS country_alternate,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    (r.doc ->> 'status_normalized'::text) AS status_normalized,
    (r.doc ->> 'type_raw'::text) AS type_raw,
    (r.doc ->> 'type_normalized'::text) AS type_normalized,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'resident_id'::text) AS resident_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'lead_id'::text) AS lead_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_applicants r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'applicants'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_applications AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'number'::text) AS number,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    (r.doc ->> 'status_normalized'::text) AS status_normalized,
    ((r.doc ->> 'submitted_at'::text))::timestamp with time zone AS submitted_at,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    COALESCE((r.doc ->> 'status'::text), (r.doc ->> 'status_raw'::text)) AS status,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_applications r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'applications'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_employees AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    (r.doc ->> 'email'::text) AS email,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_employees r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'employees'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_financial_accounts AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_parent_id'::text) AS x_parent_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    (r.doc ->> 'account_number'::text) AS account_number,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'type_raw'::text) AS type_raw,
    (r.doc ->> 'sub_type_raw'::text) AS sub_type_raw,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'parent_id'::text) AS parent_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_financial_accounts r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'financial_accounts'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_lease_balances AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    ((r.doc ->> 'total_in_cents'::text))::bigint AS total_in_cents,
    ((r.doc ->> 'days_0_30_in_cents'::text))::bigint AS days_0_30_in_cents,
    ((r.doc ->> 'days_31_60_in_cents'::text))::bigint AS days_31_60_in_cents,
    ((r.doc ->> 'days_61_90_in_cents'::text))::bigint AS days_61_90_in_cents,
    ((r.doc ->> 'days_over_90_in_cents'::text))::bigint AS days_over_90_in_cents,
    (r.doc ->> 'currency'::text) AS currency,
    ((r.doc ->> 'is_notice_given'::text))::boolean AS is_notice_given,
    ((r.doc ->> 'eviction_pending_date'::text))::date AS eviction_pending_date,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_lease_balances r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'lease_balances'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_leases AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_resident_id'::text) AS x_resident_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'unit_number'::text) AS unit_number,
    ((r.doc ->> 'application_date'::text))::date AS application_date,
    (r.doc ->> 'deposit_amount_raw'::text) AS deposit_amount_raw,
    ((r.doc ->> 'deposit_amount_in_cents'::text))::bigint AS deposit_amount_in_cents,
    ((r.doc ->> 'deposit_date'::text))::date AS deposit_date,
    ((r.doc ->> 'end_date'::text))::date AS end_date,
    ((r.doc ->> 'notice_date'::text))::date AS notice_date,
    ((r.doc ->> 'realized_move_in_date'::text))::date AS realized_move_in_date,
    ((r.doc ->> 'realized_move_out_date'::text))::date AS realized_move_out_date,
    ((r.doc ->> 'rent_amount_in_cents'::text))::bigint AS rent_amount_in_cents,
    (r.doc ->> 'rent_amount_raw'::text) AS rent_amount_raw,
    ((r.doc ->> 'rent_amount_market_in_cents'::text))::bigint AS rent_amount_market_in_cents,
    ((r.doc ->> 'rent_due_day'::text))::bigint AS rent_due_day,
    ((r.doc ->> 'rent_due_date'::text))::date AS rent_due_date,
    ((r.doc ->> 'scheduled_move_in_date'::text))::date AS scheduled_move_in_date,
    ((r.doc ->> 'scheduled_move_out_date'::text))::date AS scheduled_move_out_date,
    ((r.doc ->> 'signature_date'::text))::date AS signature_date,
    ((r.doc ->> 'start_date'::text))::date AS start_date,
    (r.doc ->> 'status_normalized'::text) AS status_normalized,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    ((r.doc ->> 'is_eviction_pending'::text))::boolean AS is_eviction_pending,
    (r.doc ->> 'renewal_status_raw'::text) AS renewal_status_raw,
    (r.doc ->> 'term_normalized'::text) AS term_normalized,
    (r.doc ->> 'term_raw'::text) AS term_raw,
    (r.doc ->> 'type_raw'::text) AS type_raw,
    ((r.doc ->> 'write_off_amount_in_cents'::text))::bigint AS write_off_amount_in_cents,
    (r.doc ->> 'write_off_amount_raw'::text) AS write_off_amount_raw,
    ((r.doc ->> 'balance_amount_in_cents'::text))::bigint AS balance_amount_in_cents,
    (r.doc ->> 'balance_amount_raw'::text) AS balance_amount_raw,
    ((r.doc ->> 'past_due_balance_in_cents'::text))::bigint AS past_due_balance_in_cents,
    (r.doc ->> 'past_due_balance_raw'::text) AS past_due_balance_raw,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'resident_id'::text) AS resident_id,
    COALESCE((r.doc ->> 'status'::text), (r.doc ->> 'status_raw'::text)) AS status,
    COALESCE((r.doc ->> 'type'::text), (r.doc ->> 'type_raw'::text)) AS type,
    COALESCE((r.doc ->> 'term'::text), (r.doc ->> 'term_raw'::text)) AS term,
    COALESCE((r.doc ->> 'deposit_amount'::text), (r.doc ->> 'deposit_amount_raw'::text)) AS deposit_amount,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_leases r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'leases'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_listings AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_floor_plan_id'::text) AS x_floor_plan_id,
    (r.doc ->> 'x_unit_type_id'::text) AS x_unit_type_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    ((r.doc ->> 'is_unit'::text))::boolean AS is_unit,
    (r.doc ->> 'listing_title'::text) AS listing_title,
    ((r.doc ->> 'listing_date'::text))::date AS listing_date,
    ((r.doc ->> 'available_date'::text))::date AS available_date,
    ((r.doc ->> 'make_ready_date'::text))::date AS make_ready_date,
    ((r.doc ->> 'vacate_date'::text))::date AS vacate_date,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    ((r.doc ->> 'is_available'::text))::boolean AS is_available,
    ((r.doc ->> 'is_furnished'::text))::boolean AS is_furnished,
    ((r.doc ->> 'is_listed'::text))::boolean AS is_listed,
    ((r.doc ->> 'is_vacant'::text))::boolean AS is_vacant,
    ((r.doc ->> 'is_managed_external'::text))::boolean AS is_managed_external,
    (r.doc ->> 'number'::text) AS number,
    (r.doc ->> 'marketing_name'::text) AS marketing_name,
    (r.doc ->> 'building_name'::text) AS building_name,
    (r.doc ->> 'building_number'::text) AS building_number,
    (r.doc ->> 'floor'::text) AS floor,
    (r.doc ->> 'floor_plan_code'::text) AS floor_plan_code,
    (r.doc ->> 'floor_plan_name'::text) AS floor_plan_name,
    (r.doc ->> 'bedrooms'::text) AS bedrooms,
    (r.doc ->> 'bathrooms'::text) AS bathrooms,
    ((r.doc ->> 'bathrooms_full'::text))::bigint AS bathrooms_full,
    ((r.doc ->> 'bathrooms_half'::text))::bigint AS bathrooms_half,
    ((r.doc ->> 'square_feet'::text))::bigint AS square_feet,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    ((r.doc ->> 'rent_amount_in_cents'::text))::bigint AS rent_amount_in_cents,
    ((r.doc ->> 'deposit_amount_in_cents'::text))::bigint AS deposit_amount_in_cents,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'lease_term'::text) AS lease_term,
    (r.doc ->> 'specials'::text) AS specials,
    (r.doc ->> 'property_description'::text) AS property_description,
    (r.doc ->> 'unit_description'::text) AS unit_description,
    (r.doc ->> 'short_description'::text) AS short_description,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'application_url'::text) AS application_url,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    COALESCE((r.doc ->> 'street_address_1'::text), (r.doc ->> 'address_1'::text)) AS street_address_1,
    COALESCE((r.doc ->> 'street_address_2'::text), (r.doc ->> 'address_2'::text)) AS street_address_2,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'floor_plan_id'::text) AS floor_plan_id,
    (r.doc ->> 'unit_type_id'::text) AS unit_type_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_listings r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'listings'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_owners AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'first_name'::text) AS first_name,
    (r.doc ->> 'middle_name'::text) AS middle_name,
    (r.doc ->> 'last_name'::text) AS last_name,
    (r.doc ->> 'company_name'::text) AS company_name,
    ((r.doc ->> 'is_company'::text))::boolean AS is_company,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    (r.doc ->> 'email_1'::text) AS email_1,
    (r.doc ->> 'email_2'::text) AS email_2,
    COALESCE((r.doc ->> 'phone_1'::text), (r.doc #>> '{phones,0,number}'::text[])) AS phone_1,
    COALESCE((r.doc ->> 'phone_1_type'::text), (r.doc #>> '{phones,0,type_normalized}'::text[])) AS phone_1_type,
    COALESCE((r.doc ->> 'phone_2'::text), (r.doc #>> '{phones,1,number}'::text[])) AS phone_2,
    COALESCE((r.doc ->> 'phone_2_type'::text), (r.doc #>> '{phones,1,type_normalized}'::text[])) AS phone_2_type,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    ((r.doc ->> 'agreement_start_date'::text))::date AS agreement_start_date,
    ((r.doc ->> 'agreement_end_date'::text))::date AS agreement_end_date,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_owners r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'owners'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_properties AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_building_id'::text) AS x_building_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    (r.doc ->> 'code'::text) AS code,
    (r.doc ->> 'type_raw'::text) AS type_raw,
    (r.doc ->> 'type_normalized'::text) AS type_normalized,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    ((r.doc ->> 'number_of_units'::text))::bigint AS number_of_units,
    ((r.doc ->> 'year_built'::text))::bigint AS year_built,
    ((r.doc ->> 'square_feet'::text))::bigint AS square_feet,
    (r.doc ->> 'building_number'::text) AS building_number,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'county'::text) AS county,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'manager_name'::text) AS manager_name,
    (r.doc ->> 'manager_email'::text) AS manager_email,
    COALESCE((r.doc ->> 'manager_phone_1'::text), (r.doc #>> '{manager_phones,0,number}'::text[])) AS manager_phone_1,
    COALESCE((r.doc ->> 'manager_phone_1_type'::text), (r.doc #>> '{manager_phones,0,type_normalized}'::text[])) AS manager_phone_1_type,
    COALESCE((r.doc ->> 'manager_phone_2'::text), (r.doc #>> '{manager_phones,1,number}'::text[])) AS manager_phone_2,
    COALESCE((r.doc ->> 'manager_phone_2_type'::text), (r.doc #>> '{manager_phones,1,type_normalized}'::text[])) AS manager_phone_2_type,
    (r.doc ->> 'website'::text) AS website,
    (r.doc ->> 'long_description'::text) AS long_description,
    (r.doc ->> 'short_description'::text) AS short_description,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'property_id'::text) AS property_id,
    COALESCE((r.doc ->> 'street_address_1'::text), (r.doc ->> 'address_1'::text)) AS street_address_1,
    COALESCE((r.doc ->> 'street_address_2'::text), (r.doc ->> 'address_2'::text)) AS street_address_2,
    (COALESCE((r.doc ->> 'square_footage'::text), (r.doc ->> 'square_feet'::text)))::bigint AS square_footage,
    COALESCE((r.doc ->> 'type'::text), (r.doc ->> 'type_raw'::text)) AS type,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_properties r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'properties'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_recurring_resident_charges AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_charge_code_id'::text) AS x_charge_code_id,
    (r.doc ->> 'x_financial_account_id'::text) AS x_financial_account_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'reference_number'::text) AS reference_number,
    ((r.doc ->> 'amount_in_cents'::text))::bigint AS amount_in_cents,
    (r.doc ->> 'amount_raw'::text) AS amount_raw,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'frequency_normalized'::text) AS frequency_normalized,
    (r.doc ->> 'frequency_raw'::text) AS frequency_raw,
    ((r.doc ->> 'charge_due_day'::text))::bigint AS charge_due_day,
    ((r.doc ->> 'start_date'::text))::date AS start_date,
    ((r.doc ->> 'end_date'::text))::date AS end_date,
    ((r.doc ->> 'next_date'::text))::date AS next_date,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'financial_account_id'::text) AS financial_account_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'charge_code_id'::text) AS charge_code_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_recurring_resident_charges r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'recurring_resident_charges'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_resident_charges AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_resident_id'::text) AS x_resident_id,
    (r.doc ->> 'x_gl_account_id'::text) AS x_gl_account_id,
    (r.doc ->> 'x_charge_code_id'::text) AS x_charge_code_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'reference_number'::text) AS reference_number,
    (r.doc ->> 'kind_normalized'::text) AS kind_normalized,
    (r.doc ->> 'transaction_kind_raw'::text) AS transaction_kind_raw,
    (r.doc ->> 'transaction_source'::text) AS transaction_source,
    ((r.doc ->> 'transaction_date'::text))::date AS transaction_date,
    ((r.doc ->> 'due_date'::text))::date AS due_date,
    (r.doc ->> 'post_month'::text) AS post_month,
    ((r.doc ->> 'amount_in_cents'::text))::bigint AS amount_in_cents,
    (r.doc ->> 'amount_raw'::text) AS amount_raw,
    ((r.doc ->> 'amount_open_in_cents'::text))::bigint AS amount_open_in_cents,
    (r.doc ->> 'amount_open_raw'::text) AS amount_open_raw,
    ((r.doc ->> 'amount_paid_in_cents'::text))::bigint AS amount_paid_in_cents,
    (r.doc ->> 'amount_paid_raw'::text) AS amount_paid_raw,
    (r.doc ->> 'currency'::text) AS currency,
    ((r.doc ->> 'is_open'::text))::boolean AS is_open,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'resident_id'::text) AS resident_id,
    (r.doc ->> 'financial_account_id'::text) AS financial_account_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'charge_code_id'::text) AS charge_code_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_resident_charges r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'resident_charges'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_resident_payments AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_resident_id'::text) AS x_resident_id,
    (r.doc ->> 'x_gl_account_id'::text) AS x_gl_account_id,
    (r.doc ->> 'x_charge_code_id'::text) AS x_charge_code_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'reference_number'::text) AS reference_number,
    (r.doc ->> 'kind_normalized'::text) AS kind_normalized,
    (r.doc ->> 'transaction_kind_raw'::text) AS transaction_kind_raw,
    (r.doc ->> 'payment_method_normalized'::text) AS payment_method_normalized,
    (r.doc ->> 'payment_method_raw'::text) AS payment_method_raw,
    ((r.doc ->> 'transaction_date'::text))::date AS transaction_date,
    (r.doc ->> 'post_month'::text) AS post_month,
    ((r.doc ->> 'amount_in_cents'::text))::bigint AS amount_in_cents,
    (r.doc ->> 'amount_raw'::text) AS amount_raw,
    (r.doc ->> 'currency'::text) AS currency,
    ((r.doc ->> 'is_open'::text))::boolean AS is_open,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'resident_id'::text) AS resident_id,
    (r.doc ->> 'financial_account_id'::text) AS financial_account_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'charge_code_id'::text) AS charge_code_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_resident_payments r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'resident_payments'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_residents AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'first_name'::text) AS first_name,
    (r.doc ->> 'middle_name'::text) AS middle_name,
    (r.doc ->> 'last_name'::text) AS last_name,
    (r.doc ->> 'email_1'::text) AS email_1,
    (r.doc ->> 'email_2'::text) AS email_2,
    COALESCE((r.doc ->> 'phone_1'::text), (r.doc #>> '{phones,0,number}'::text[])) AS phone_1,
    COALESCE((r.doc ->> 'phone_1_type'::text), (r.doc #>> '{phones,0,type_normalized}'::text[])) AS phone_1_type,
    COALESCE((r.doc ->> 'phone_2'::text), (r.doc #>> '{phones,1,number}'::text[])) AS phone_2,
    COALESCE((r.doc ->> 'phone_2_type'::text), (r.doc #>> '{phones,1,type_normalized}'::text[])) AS phone_2_type,
    ((r.doc ->> 'date_of_birth'::text))::date AS date_of_birth,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    (r.doc ->> 'address_1_alternate'::text) AS address_1_alternate,
    (r.doc ->> 'address_2_alternate'::text) AS address_2_alternate,
    (r.doc ->> 'address_3_alternate'::text) AS address_3_alternate,
    (r.doc ->> 'city_alternate'::text) AS city_alternate,
    (r.doc ->> 'state_alternate'::text) AS state_alternate,
    (r.doc ->> 'zip_alternate'::text) AS zip_alternate,
    (r.doc ->> 'country_alternate'::text) AS country_alternate,
    ((r.doc ->> 'balance_in_cents'::text))::bigint AS balance_in_cents,
    ((r.doc ->> 'late_balance_in_cents'::text))::bigint AS late_balance_in_cents,
    (r.doc ->> 'currency'::text) AS currency,
    ((r.doc ->> 'is_employee'::text))::boolean AS is_employee,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    (r.doc ->> 'status_normalized'::text) AS status_normalized,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_residents r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'residents'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_service_requests AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_unit_id'::text) AS x_unit_id,
    (r.doc ->> 'x_lease_id'::text) AS x_lease_id,
    (r.doc ->> 'x_resident_id'::text) AS x_resident_id,
    (r.doc ->> 'x_employee_id'::text) AS x_employee_id,
    (r.doc ->> 'x_parent_id'::text) AS x_parent_id,
    (r.doc ->> 'x_sub_task_id'::text) AS x_sub_task_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'kind_normalized'::text) AS kind_normalized,
    (r.doc ->> 'title'::text) AS title,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'category_raw'::text) AS category_raw,
    (r.doc ->> 'priority_normalized'::text) AS priority_normalized,
    (r.doc ->> 'priority_raw'::text) AS priority_raw,
    (r.doc ->> 'status_normalized'::text) AS status_normalized,
    (r.doc ->> 'status_raw'::text) AS status_raw,
    ((r.doc ->> 'due_date'::text))::date AS due_date,
    ((r.doc ->> 'scheduled_date'::text))::date AS scheduled_date,
    ((r.doc ->> 'completed_date'::text))::date AS completed_date,
    (r.doc ->> 'building'::text) AS building,
    (r.doc ->> 'unit_number'::text) AS unit_number,
    (r.doc ->> 'order_number'::text) AS order_number,
    ((r.doc ->> 'access_is_authorized'::text))::boolean AS access_is_authorized,
    (r.doc ->> 'access_notes'::text) AS access_notes,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'completion_notes'::text) AS completion_notes,
    (r.doc ->> 'vendor_notes'::text) AS vendor_notes,
    ((r.doc ->> 'amount_in_cents'::text))::bigint AS amount_in_cents,
    (r.doc ->> 'currency'::text) AS currency,
    (r.doc ->> 'property_id'::text) AS property_id,
    (r.doc ->> 'unit_id'::text) AS unit_id,
    (r.doc ->> 'lease_id'::text) AS lease_id,
    (r.doc ->> 'resident_id'::text) AS resident_id,
    (r.doc ->> 'employee_id'::text) AS employee_id,
    (r.doc ->> 'parent_id'::text) AS parent_id,
    COALESCE((r.doc ->> 'service_description'::text), (r.doc ->> 'title'::text)) AS service_description,
    COALESCE((r.doc ->> 'service_details'::text), (r.doc ->> 'description'::text)) AS service_details,
    COALESCE((r.doc ->> 'service_category'::text), (r.doc ->> 'category_raw'::text)) AS service_category,
    COALESCE((r.doc ->> 'service_priority'::text), (r.doc ->> 'priority_raw'::text)) AS service_priority,
    (COALESCE((r.doc ->> 'date_created'::text), (r.doc ->> 'x_created_at'::text)))::timestamp with time zone AS date_created,
    (COALESCE((r.doc ->> 'date_due'::text), (r.doc ->> 'due_date'::text)))::date AS date_due,
    (COALESCE((r.doc ->> 'date_scheduled'::text), (r.doc ->> 'scheduled_date'::text)))::date AS date_scheduled,
    (COALESCE((r.doc ->> 'date_completed'::text), (r.doc ->> 'completed_date'::text)))::date AS date_completed,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_service_requests r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'service_requests'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_units AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'x_floor_plan_id'::text) AS x_floor_plan_id,
    (r.doc ->> 'x_unit_type_id'::text) AS x_unit_type_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'number'::text) AS number,
    (r.doc ->> 'building_name'::text) AS building_name,
    (r.doc ->> 'building_number'::text) AS building_number,
    (r.doc ->> 'floor'::text) AS floor,
    (r.doc ->> 'description'::text) AS description,
    (r.doc ->> 'bedrooms'::text) AS bedrooms,
    (r.doc ->> 'bedrooms_raw'::text) AS bedrooms_raw,
    (r.doc ->> 'bathrooms'::text) AS bathrooms,
    (r.doc ->> 'bathrooms_raw'::text) AS bathrooms_raw,
    ((r.doc ->> 'bathrooms_full'::text))::bigint AS bathrooms_full,
    ((r.doc ->> 'bathrooms_half'::text))::bigint AS bathrooms_half,
    ((r.doc ->> 'square_feet'::text))::bigint AS square_feet,
    (r.doc ->> 'address_1'::text) AS address_1,
    (r.doc ->> 'address_2'::text) AS address_2,
    (r.doc ->> 'address_3'::text) AS address_3,
    (r.doc ->> 'city'::text) AS city,
    (r.doc ->> 'state'::text) AS state,
    (r.doc ->> 'zip'::text) AS zip,
    (r.doc ->> 'country'::text) AS country,
    (r.doc ->> 'floor_plan_code'::text) AS floor_plan_code,
    (r.doc ->> 'floor_plan_name'::text) AS floor_plan_name,
    ((r.doc ->> 'is_available'::text))::boolean AS is_available,
    ((r.doc ->> 'is_furnished'::text))::boolean AS is_furnished,
    ((r.doc ->> 'is_listed'::text))::boolean AS is_listed,
    ((r.doc ->> 'is_vacant'::text))::boolean AS is_vacant,
    ((r.doc ->> 'rent_amount_market_in_cents'::text))::bigint AS rent_amount_market_in_cents,
    ((r.doc ->> 'rent_amount_max_in_cents'::text))::bigint AS rent_amount_max_in_cents,
    ((r.doc ->> 'rent_amount_min_in_cents'::text))::bigint AS rent_amount_min_in_cents,
    (r.doc ->> 'currency'::text) AS currency,
    ((r.doc ->> 'pets_allowed'::text))::boolean AS pets_allowed,
    ((r.doc ->> 'dogs_allowed'::text))::boolean AS dogs_allowed,
    ((r.doc ->> 'cats_allowed'::text))::boolean AS cats_allowed,
    (r.doc ->> 'pet_policy'::text) AS pet_policy,
    (r.doc ->> 'property_id'::text) AS property_id,
    COALESCE((r.doc ->> 'street_address_1'::text), (r.doc ->> 'address_1'::text)) AS street_address_1,
    COALESCE((r.doc ->> 'street_address_2'::text), (r.doc ->> 'address_2'::text)) AS street_address_2,
    (r.doc ->> 'location_id'::text) AS location_id,
    (r.doc ->> 'floor_plan_id'::text) AS floor_plan_id,
    (r.doc ->> 'unit_type_id'::text) AS unit_type_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_units r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'units'::text) AND (r.deleted_at IS NULL));
CREATE VIEW public.v_vendors AS
 SELECT r.id,
    r.account_id,
    r.integration_id,
    r.vendor AS integration_vendor,
    r.environment,
    r.external_id AS x_id,
    r.created_at,
    r.updated_at,
    r.deleted_at,
    (r.doc ->> 'x_property_id'::text) AS x_property_id,
    (r.doc ->> 'x_location_id'::text) AS x_location_id,
    (r.doc ->> 'third_party_id'::text) AS third_party_id,
    ((r.doc ->> 'x_created_at'::text))::timestamp with time zone AS x_created_at,
    ((r.doc ->> 'x_updated_at'::text))::timestamp with time zone AS x_updated_at,
    (r.doc ->> 'name'::text) AS name,
    ((r.doc ->> 'is_company'::text))::boolean AS is_company,
    ((r.doc ->> 'is_active'::text))::boolean AS is_active,
    (r.doc ->> 'account_number'::text) AS account_number,
    (r.doc ->> 'type_raw'::text) AS type_raw,
    (r.doc ->> 'website'::text) AS website,
    (r.doc ->> 'notes'::text) AS notes,
    (r.doc ->> 'property_id'::text) AS property_id,
    COALESCE((r.doc ->> 'type'::text), (r.doc ->> 'type_raw'::text)) AS type,
    (r.doc ->> 'location_id'::text) AS location_id,
    COALESCE(r.last_seen_at, GREATEST(r.updated_at, s.last_complete_full_at)) AS last_seen
   FROM (public.record_vendors r
     LEFT JOIN public.model_state s ON (((s.account_id = r.account_id) AND (s.integration_id = r.integration_id) AND (s.model = r.model))))
  WHERE ((r.model = 'vendors'::text) AND (r.deleted_at IS NULL));
CREATE TABLE public.web_session (
    hash bytea NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    csrf text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT web_session_hash_check CHECK ((octet_length(hash) = 32))
);
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_applicants FOR VALUES IN ('applicants');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_applications FOR VALUES IN ('applications');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_default DEFAULT;
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_employees FOR VALUES IN ('employees');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_financial_accounts FOR VALUES IN ('financial_accounts');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_lease_balances FOR VALUES IN ('lease_balances');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_leases FOR VALUES IN ('leases');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_listings FOR VALUES IN ('listings');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_owners FOR VALUES IN ('owners');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_properties FOR VALUES IN ('properties');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_recurring_resident_charges FOR VALUES IN ('recurring_resident_charges');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_resident_charges FOR VALUES IN ('resident_charges');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_resident_payments FOR VALUES IN ('resident_payments');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_residents FOR VALUES IN ('residents');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_service_requests FOR VALUES IN ('service_requests');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_units FOR VALUES IN ('units');
ALTER TABLE ONLY public.record ATTACH PARTITION public.record_vendors FOR VALUES IN ('vendors');
INSERT INTO public._sqlx_migrations VALUES
	(1, 'tables', '2026-11-29 12:40:42.030068+00', true, '\xdf1335e1b48a43fb8a87f37f6c764f4e58ba4fb74cfa0b5913ba40a44482f28216e20060642aadb2355a4f4cf8da17c7', 347627943),
	(2, 'views', '2026-11-29 12:40:42.381247+00', true, '\xdc7736db5c4d4f82fb56b4dab5e1de1357005449d4bfea4ae8a80739ede478d00d13ea837c7a7147cf6a8f00ac6eb0a7', 7983087),
	(3, 'views', '2026-11-29 12:40:42.3933+00', true, '\x41f1c57528b4b095f250e1fb5bc0339e5f2ea007eb5ff51eb6d736bef9d0c914f5a5aed7d99f41c95d865fa4d01d39c1', 208080479),
	(4, 'engine', '2026-11-29 12:40:42.603093+00', true, '\x3173d9b76124cde9297260c90d6722a6e58a54ff3931385cee1e4fd022b85f12aa7c12329d33ae0ed99b52ea4c49b2ae', 114311314),
	(5, 'limits', '2026-11-29 12:40:42.721247+00', true, '\x21ba87cf47d2fdf2cfcc251ac535f7ae09b7bd0f5c83a9b9aad7e1cc501e22f4b12f1830f5026f8f940f62a36bd3a607', 40009994),
	(6, 'schedule', '2026-11-29 12:40:42.762969+00', true, '\xc529cc81e805e988c44a6d1315f9195ad039f9017efcd6cf5bb59ecdf4141fbf221baffe8acfb7885686c020156978c0', 100307368),
	(8, 'audit', '2026-11-29 12:40:42.865275+00', true, '\xb18881bf465d305b856cf979801b796bb7c0c8bec1127ea2b7912ea3aa112aa4e092a0287383aac41e5b42e8f5896402', 3958594),
	(9, 'feed', '2026-11-29 12:40:42.873236+00', true, '\xb25b74da76a546f1f04b12ca478dad6ec4741cd91d0c6b6e260a1c3d4e07dae2ee87d60cb6a2bbb1453f71157924d3be', 7986732),
	(10, 'users', '2026-11-29 12:40:42.885228+00', true, '\x90534808ec680bdecf3e38cddb2ddb4879819f2c6996dfb25f2b83f6009e096efc31de555e95982c5e0e3d89a97e6c30', 40054601),
	(20, 'originals', '2026-11-29 12:40:42.929247+00', true, '\x7d1bbacef65050e9f1a1a8f35655b8f3aeba8edba8ab063ff6dcebb887a3d894e22e3298e81268fa26283b33b7e28991', 20010605),
	(21, 'text filters', '2026-11-29 12:40:42.953232+00', true, '\xc8c715cabdf99a70a75250e9602843d458f789a1d915f2c6ef1bd0cac00ddab8e16999905713e7b14859ae686089ac6a', 24033826);
INSERT INTO public.access_check VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy', 'finished', 'valid', NULL, '2026-11-29 12:40:51.257892+00', '2026-11-29 12:40:51.27373+00', '2026-11-29 12:41:51.27373+00', '2026-11-29 12:40:51.330338+00', NULL, NULL, 1, false);
INSERT INTO public.account VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'Default', '2026-11-29 12:40:43.02202+00');
INSERT INTO public.api_key VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'key_wslfi2ol5lvjzjkxtjoeutlnue', 'first admin key', '\x3ae881a30d42bddef680e1499056bdf8dc8fa9ecf109a2aa27118b6adaad4b41', 'l7yu', 'sandbox', 'admin', '2026-11-29 12:40:43.027468+00', NULL, NULL, '2026-11-29 12:41:02.879559+00', '2026-11-29 12:40:43.027468+00');
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES
	(1, '2026-11-29 12:40:51.275506+00', 'acc_rnckhzh7wfpjddpi6yimea2zui', 'key_wslfi2ol5lvjzjkxtjoeutlnue', 'integration.create', 'int_xyevf7qrhgky3tobhdqv72kfzq', '{"vendor": "BUILDIUM", "check_id": "chk_vgki4qm4g4e2pjxf7hzv4r5uvy", "environment": "sandbox"}', 'sandbox', 'done', 'req_e4bf5868c41240aef74e435b85700f0a'),
	(2, '2026-11-29 12:40:56.345785+00', 'acc_rnckhzh7wfpjddpi6yimea2zui', 'key_wslfi2ol5lvjzjkxtjoeutlnue', 'integration.enable', 'int_xyevf7qrhgky3tobhdqv72kfzq', '{"skips": [], "sync_id": "syn_tcjhkbopaldia5z45b3o2hpc3e"}', 'sandbox', 'done', 'req_484339e6dda6feaed0af5411048f67be');
INSERT INTO public.change OVERRIDING SYSTEM VALUE VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 1, '784', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'properties', NULL, 'reset', NULL, '2026-11-29 12:40:56.444808+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 2, '785', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'units', NULL, 'reset', NULL, '2026-11-29 12:40:56.445356+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 3, '787', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'residents', NULL, 'reset', NULL, '2026-11-29 12:40:56.461766+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 4, '789', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'leases', NULL, 'reset', NULL, '2026-11-29 12:40:56.471009+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 5, '793', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applicants', NULL, 'reset', NULL, '2026-11-29 12:40:56.513385+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 6, '793', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applications', NULL, 'reset', NULL, '2026-11-29 12:40:56.513385+00');
INSERT INTO public.checkpoint VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'properties', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.444808+00', 0, NULL),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'units', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.445356+00', 0, NULL),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'residents', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.461766+00', 0, NULL),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'leases', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.471009+00', 0, NULL),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applicants', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.513385+00', 0, NULL),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applications', '', '2026-11-29T12:35:56Z', 1, '2026-11-29 12:40:56.513385+00', 0, NULL);
INSERT INTO public.connector_approval VALUES
	('buildium', '{"budget": {"cpu-ms": 5000, "wall-s": 60, "requests": 10, "memory-mib": 96, "result-mib": 16}, "egress": [{"host": "api.buildium.com"}, {"host": "apisandbox.buildium.com"}], "limits": [{"name": "default", "scope": "credential", "per_ms": 1000, "requests": 10, "concurrency": 10}], "imports": ["portcullis:connector/http@0.1", "portcullis:connector/log@0.1", "portcullis:connector/types@0.1", "wasi:cli/environment@0.2", "wasi:cli/exit@0.2", "wasi:cli/stderr@0.2", "wasi:cli/stdin@0.2", "wasi:cli/stdout@0.2", "wasi:cli/terminal-input@0.2", "wasi:cli/terminal-output@0.2", "wasi:cli/terminal-stderr@0.2", "wasi:cli/terminal-stdin@0.2", "wasi:cli/terminal-stdout@0.2", "wasi:io/error@0.2", "wasi:io/poll@0.2", "wasi:io/streams@0.2"], "secrets": {"secret": {"hosts": ["api.buildium.com", "apisandbox.buildium.com"], "hosts_of": []}, "clientId": {"hosts": ["api.buildium.com", "apisandbox.buildium.com"], "hosts_of": []}}, "host_settings": {}}', '2026-11-29 12:40:44.689906+00', '--trust-connectors');
INSERT INTO public.connector_version VALUES
	('buildium', '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', 'BUILDIUM', 'Buildium', 'active', '{"id": "buildium", "name": "Buildium", "field": [{"help": "Shown beside the key''s name in Settings > Developer Tools > API Keys. When the key is made, tick View for: Rentals > Rental properties and units (properties, units); Rentals > Leases (leases); Rentals > Tenants (residents); Rentals > Applicants (applicants, applications). Nothing else is needed. If it asks which properties, allow all that are to be read. A sandbox key does not work in production, nor the other way round.", "kind": "secret", "name": "clientId", "hosts": ["api.buildium.com", "apisandbox.buildium.com"], "label": "Client ID", "required": true}, {"help": "Shown once, when an administrator makes the key in Settings > Developer Tools > API Keys; if it was not kept, make a new key. Keys need the Premium plan, and the Open API switched on in Settings > Application settings > Api settings.", "kind": "secret", "name": "secret", "hosts": ["api.buildium.com", "apisandbox.buildium.com"], "label": "Client secret", "required": true}], "limit": [{"per": "1s", "name": "default", "scope": "credential", "requests": 10, "concurrency": 10}], "model": [{"name": "properties", "probe": false, "paging": "unstable", "schema": "property/1", "deletes": "absence", "enabled": true, "supported": true, "incremental": "timestamp"}, {"name": "units", "probe": false, "paging": "unstable", "schema": "unit/1", "deletes": "absence", "enabled": true, "supported": true, "full-every": 24, "incremental": "timestamp"}, {"name": "leases", "probe": false, "paging": "unstable", "schema": "lease/1", "deletes": "absence", "enabled": true, "supported": true, "incremental": "timestamp"}, {"name": "residents", "probe": false, "paging": "unstable", "schema": "resident/1", "deletes": "absence", "enabled": true, "supported": true, "incremental": "timestamp"}, {"name": "applicants", "probe": false, "paging": "unstable", "schema": "applicant/1", "deletes": "absence", "enabled": true, "supported": true, "incremental": "timestamp"}, {"name": "applications", "with": "applicants", "probe": false, "paging": "unstable", "schema": "application/1", "deletes": "absence", "enabled": true, "supported": true, "incremental": "timestamp"}], "access": "per-model", "budget": {"cpu-ms": 5000, "wall-s": 60, "requests": 10, "memory-mib": 96, "result-mib": 16}, "egress": [{"host": "api.buildium.com"}, {"host": "apisandbox.buildium.com"}], "redact": ["/tax_id", "/custom_data/TaxId", "/TaxId", "/TaxInformation", "/CurrentTenants", "/Application"], "vendor": "BUILDIUM", "version": "0.1.0", "help-url": "https://developer.buildium.com/", "manifest": 1, "publisher": "Portcullis", "environments": {"sandbox": {"base-url": "https://apisandbox.buildium.com"}, "production": {"base-url": "https://api.buildium.com"}}, "state-format": 1}', '["portcullis:connector/types@0.1.0", "portcullis:connector/http@0.1.0", "portcullis:connector/log@0.1.0", "wasi:io/poll@0.2.6", "wasi:io/error@0.2.6", "wasi:io/streams@0.2.6", "wasi:cli/environment@0.2.6", "wasi:cli/exit@0.2.6", "wasi:cli/stdin@0.2.6", "wasi:cli/stdout@0.2.6", "wasi:cli/stderr@0.2.6", "wasi:cli/terminal-input@0.2.6", "wasi:cli/terminal-output@0.2.6", "wasi:cli/terminal-stdin@0.2.6", "wasi:cli/terminal-stdout@0.2.6", "wasi:cli/terminal-stderr@0.2.6"]', '{"budget": {"cpu-ms": 5000, "wall-s": 60, "requests": 10, "memory-mib": 96, "result-mib": 16}, "egress": [{"host": "api.buildium.com"}, {"host": "apisandbox.buildium.com"}], "limits": [{"name": "default", "scope": "credential", "per_ms": 1000, "requests": 10, "concurrency": 10}], "imports": ["portcullis:connector/http@0.1", "portcullis:connector/log@0.1", "portcullis:connector/types@0.1", "wasi:cli/environment@0.2", "wasi:cli/exit@0.2", "wasi:cli/stderr@0.2", "wasi:cli/stdin@0.2", "wasi:cli/stdout@0.2", "wasi:cli/terminal-input@0.2", "wasi:cli/terminal-output@0.2", "wasi:cli/terminal-stderr@0.2", "wasi:cli/terminal-stdin@0.2", "wasi:cli/terminal-stdout@0.2", "wasi:io/error@0.2", "wasi:io/poll@0.2", "wasi:io/streams@0.2"], "secrets": {"secret": {"hosts": ["api.buildium.com", "apisandbox.buildium.com"], "hosts_of": []}, "clientId": {"hosts": ["api.buildium.com", "apisandbox.buildium.com"], "hosts_of": []}}, "host_settings": {}}', NULL, 'buildium.wasm', '2026-11-29 12:40:44.673239+00', '2026-11-29 12:40:44.689906+00');
INSERT INTO public.console_invitation VALUES
	('\x05cceef267b82677a28be704dcd4c554752c72f2cf993e488a8862484888ff72', NULL, NULL, 'admin', true, '{}', 'start', '2026-11-29 12:40:43.14437+00', '2026-11-30 12:40:43.14437+00', NULL);
INSERT INTO public.data_access VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'properties', 'granted', NULL, 2, NULL, '[]', '[{"at": "2026-11-29T12:40:51.303975665Z", "host": "VENDOR", "path": "/v1/rentals?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 6, "vendor_message": null}]', '2026-11-29 12:40:51.313326+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applications', 'granted', NULL, NULL, NULL, '[]', '[{"at": "2026-11-29T12:40:51.304365166Z", "host": "VENDOR", "path": "/v1/applicants?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 13, "vendor_message": null}]', '2026-11-29 12:40:51.31854+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applicants', 'granted', NULL, 1, NULL, '[]', '[{"at": "2026-11-29T12:40:51.304365166Z", "host": "VENDOR", "path": "/v1/applicants?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 13, "vendor_message": null}]', '2026-11-29 12:40:51.320263+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'residents', 'granted', NULL, 16, NULL, '[]', '[{"at": "2026-11-29T12:40:51.304281051Z", "host": "VENDOR", "path": "/v1/leases/tenants?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 13, "vendor_message": null}]', '2026-11-29 12:40:51.32584+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'leases', 'granted', NULL, 12, NULL, '[]', '[{"at": "2026-11-29T12:40:51.304202443Z", "host": "VENDOR", "path": "/v1/leases?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 13, "vendor_message": null}]', '2026-11-29 12:40:51.327663+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'units', 'granted', NULL, 12, NULL, '[]', '[{"at": "2026-11-29T12:40:51.304096295Z", "host": "VENDOR", "path": "/v1/rentals/units?limit=1", "error": null, "method": "GET", "status": 200, "latency_ms": 13, "vendor_message": null}]', '2026-11-29 12:40:51.32899+00', 'chk_vgki4qm4g4e2pjxf7hzv4r5uvy');
INSERT INTO public.data_key VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 1, '\x010ca0631cbd1a37105967af48120640a342add672b69dfd8f1d83c2d430994b3cc255166a950c7e26adbd98dd1ab808bdfa06f22551ef483ec87ad0dd874ccfa61cde2b0cad164c849ee7496102e87a8f', '2026-11-29 12:40:51.257892+00');
INSERT INTO public.derived_views VALUES
	(true, '\x35cfcae63a5754191b4f48a66554e76fc94e88afe263bf11976bd6bee894ad94', '{v_properties,v_units,v_leases,v_residents,v_applicants,v_applications,v_resident_charges,v_resident_payments,v_recurring_resident_charges,v_lease_balances,v_financial_accounts,v_owners,v_vendors,v_employees,v_service_requests,v_listings}');
INSERT INTO public.installation VALUES
	(true, 'ins_75iwvxl3rafqkhkrck4lpgqzly', 'bsqgghf5di3ra', '\x010ca0631cbd1a37109d1f7ca4380d5d0fc057684f81171f16ebb3436c51f37885a71c56d3a7b2c0041598f1f8a639cdb7245fa1a6c270e1f51ae4', '2026-11-29 12:40:43.012292+00');
INSERT INTO public.integration VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'Acme Properties', 'BUILDIUM', 'buildium', 'sandbox', 'http://VENDOR', '{}', '\x2417a2aba4daafc7a759338551c16748', true, 'valid', NULL, NULL, NULL, NULL, '2026-11-29 12:40:51.257892+00', '2026-11-29 12:40:56.321882+00', NULL, true, false);
INSERT INTO public.limiter VALUES
	('80371aa1b0457d7a870dee125d7f3018', 'default', 8, '{"spent":[[1795956056440,1],[1795956056443,1],[1795956056462,2],[1795956056515,1]],"holders":[],"blocked_until":0,"left":null,"fastest":0}', '2026-11-29 12:41:59.673254+00');
INSERT INTO public.model_state VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'properties', 2, '2026-11-29 12:40:56.444808+00', false, 2, true, '2026-11-29 12:40:56.444808+00', 'succeeded', '2026-11-29 12:40:56.444808+00', '2026-11-29 12:40:56.465387+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'units', 2, '2026-11-29 12:40:56.445356+00', false, 12, true, '2026-11-29 12:40:56.445356+00', 'succeeded', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.469546+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'residents', 2, '2026-11-29 12:40:56.461766+00', false, 16, true, '2026-11-29 12:40:56.461766+00', 'succeeded', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.470042+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'leases', 2, '2026-11-29 12:40:56.471009+00', false, 12, true, '2026-11-29 12:40:56.471009+00', 'succeeded', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.481023+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applicants', 2, '2026-11-29 12:40:56.513385+00', false, 1, true, '2026-11-29 12:40:56.513385+00', 'succeeded', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.544676+00'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'applications', 2, '2026-11-29 12:40:56.513385+00', false, 3, true, '2026-11-29 12:40:56.513385+00', 'succeeded', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.544692+00');
INSERT INTO public.record_applicants VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'applicants', 'apl_rdf3nsn77vx5oq7jnqchronmne', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '70001', 'sandbox', 'BUILDIUM', '{"x_id": "70001", "phones": [{"number": "(987) 555-5252", "type_raw": "Cell", "type_normalized": "MOBILE"}, {"number": "(567) 555-2671", "type_raw": "Fax", "type_normalized": "FAX"}, {"number": "(456) 555-6571", "type_raw": "Other", "type_normalized": "OTHER"}], "phone_1": "(987) 555-5252", "phone_2": "(567) 555-2671", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "last_name": "Young", "x_unit_id": "100027", "first_name": "Matthew", "status_raw": "Rejected", "x_group_id": "8000", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "applications": [{"status": "Rejected", "status_raw": "Rejected", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_mru6zlpdn2qsufeupbtbuxqgiu", "x_applicant_id": "70001", "x_application_id": "300000", "status_normalized": "DENIED"}, {"status": "Deferred", "status_raw": "Deferred", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_fppeladct2ivwacg5kvtwbnpz4", "x_applicant_id": "70001", "x_application_id": "300001", "status_normalized": "PENDING"}, {"status": "New", "status_raw": "New", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_im4zj7zi5ufww7qqm3mew723ui", "x_applicant_id": "70001", "x_application_id": "300002", "status_normalized": "PENDING"}], "phone_1_type": "MOBILE", "phone_2_type": "FAX", "x_property_id": "10002", "status_normalized": "DENIED"}', '\x59d34c7fe94db87b946ce279954cade0', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.513385+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{apl_rdf3nsn77vx5oq7jnqchronmne,app_fppeladct2ivwacg5kvtwbnpz4,app_im4zj7zi5ufww7qqm3mew723ui,app_mru6zlpdn2qsufeupbtbuxqgiu}', '', NULL, NULL, 0);
INSERT INTO public.record_applications VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'applications', 'app_mru6zlpdn2qsufeupbtbuxqgiu', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '300000', 'sandbox', 'BUILDIUM', '{"x_id": "300000", "number": "00300000-0", "status": "Rejected", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "x_unit_id": "100027", "applicants": [{"status": "Rejected", "status_raw": "Rejected", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_mru6zlpdn2qsufeupbtbuxqgiu", "x_applicant_id": "70001", "x_application_id": "300000", "status_normalized": "DENIED"}], "status_raw": "Rejected", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "submitted_at": "2024-09-07T15:45:35Z", "x_property_id": "10002", "status_normalized": "DENIED"}', '\xc583145274eb756deaf0b9ae2665cff9', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.513385+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{apl_rdf3nsn77vx5oq7jnqchronmne,app_mru6zlpdn2qsufeupbtbuxqgiu}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'applications', 'app_fppeladct2ivwacg5kvtwbnpz4', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '300001', 'sandbox', 'BUILDIUM', '{"x_id": "300001", "number": "00300001-1", "status": "Deferred", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "x_unit_id": "100027", "applicants": [{"status": "Deferred", "status_raw": "Deferred", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_fppeladct2ivwacg5kvtwbnpz4", "x_applicant_id": "70001", "x_application_id": "300001", "status_normalized": "PENDING"}], "status_raw": "Deferred", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "submitted_at": "2024-07-05T15:45:35Z", "x_property_id": "10002", "status_normalized": "PENDING"}', '\xfb27fed3706b118f0ccfade19b8e1a48', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.513385+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{apl_rdf3nsn77vx5oq7jnqchronmne,app_fppeladct2ivwacg5kvtwbnpz4}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'applications', 'app_im4zj7zi5ufww7qqm3mew723ui', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '300002', 'sandbox', 'BUILDIUM', '{"x_id": "300002", "number": "00300002-2", "status": "New", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "x_unit_id": "100027", "applicants": [{"status": "New", "status_raw": "New", "applicant_id": "apl_rdf3nsn77vx5oq7jnqchronmne", "application_id": "app_im4zj7zi5ufww7qqm3mew723ui", "x_applicant_id": "70001", "x_application_id": "300002", "status_normalized": "PENDING"}], "status_raw": "New", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "submitted_at": "2024-06-03T15:45:35Z", "x_property_id": "10002", "status_normalized": "PENDING"}', '\x591f90642821e427a1347b7958a0e97f', '2026-11-29 12:40:56.513385+00', '2026-11-29 12:40:56.513385+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{apl_rdf3nsn77vx5oq7jnqchronmne,app_im4zj7zi5ufww7qqm3mew723ui}', '', NULL, NULL, 0);
INSERT INTO public.record_leases VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_h3jf6nduaekd6wsmxlh232mtoi', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2000', 'sandbox', 'BUILDIUM', '{"term": "Owner", "type": "Fixed", "x_id": "2000", "status": "Active", "unit_id": "unit_u4p22hxgw25klky6oszhjpd6ma", "end_date": "2027-06-22", "term_raw": "Owner", "type_raw": "Fixed", "x_unit_id": "100004", "start_date": "2026-06-23", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": true}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "unit_number": "100", "rent_due_day": 20, "x_created_at": "2024-04-18T05:56:00Z", "x_updated_at": "2025-06-10T03:02:08Z", "x_property_id": "10002", "term_normalized": "FIXED", "status_normalized": "ACTIVE", "renewal_status_raw": "Declined", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_l5di2kpw7kzahb4qrpgrn3eqqu", "move_in_date": "2026-06-23", "x_resident_id": "500003", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 181352, "realized_move_in_date": "2026-06-23", "deposit_amount_in_cents": 263100}', '\x38d459f00cf54816e0696ace23a01c59', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2025-06-10 03:02:08+00', NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_u4p22hxgw25klky6oszhjpd6ma', '100004', '{res_l5di2kpw7kzahb4qrpgrn3eqqu}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_4flws6465zi3g2yhr7phmxwx6i', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2009', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "Fixed", "x_id": "2009", "status": "Active", "unit_id": "unit_2oefxsu2moirz3lhq3y2e3ovzy", "end_date": "2026-08-07", "term_raw": "Standard", "type_raw": "Fixed", "x_unit_id": "100011", "start_date": "2025-08-08", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": false}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "unit_number": "101½", "rent_due_day": 11, "x_created_at": "2025-01-19T18:16:05Z", "x_updated_at": "2026-02-18T08:09:59Z", "x_property_id": "10002", "term_normalized": "FIXED", "status_normalized": "ACTIVE", "renewal_status_raw": "Declined", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_4qdckwgbgyb7yrzoeclglnky4q", "move_in_date": "2025-08-08", "x_resident_id": "500007", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 259700, "realized_move_in_date": "2025-08-08", "deposit_amount_in_cents": 38500}', '\x84ca31612d5e8565bb313f77d328f87c', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2026-02-18 08:09:59+00', NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_2oefxsu2moirz3lhq3y2e3ovzy', '100011', '{res_4qdckwgbgyb7yrzoeclglnky4q}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_uf2jchjmfxdrkdhyz5hgblq34y', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2014', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "None", "x_id": "2014", "status": "Active", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "end_date": "2027-06-12", "term_raw": "Standard", "type_raw": "None", "x_unit_id": "100027", "start_date": "2026-06-13", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 2, "AutomaticallyMoveOutTenants": true}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "unit_number": "103", "rent_due_day": 16, "x_created_at": "2022-05-28T01:50:59Z", "x_updated_at": "2023-02-12T22:04:17Z", "x_property_id": "10002", "term_normalized": "OTHER", "status_normalized": "ACTIVE", "renewal_status_raw": "Renewed", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_ypbegqb6tqj57ss7mexs5nb2ky", "x_resident_id": "500020", "resident_type_normalized": "OTHER"}, {"status_raw": "Current", "resident_id": "res_65wqsc5gzqk3y4mof6ewn37whq", "move_in_date": "2026-06-13", "x_resident_id": "500025", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 272418, "realized_move_in_date": "2026-06-13", "deposit_amount_in_cents": 288421}', '\x8d9f393cb8bacff774574e0edc0e024c', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2023-02-12 22:04:17+00', NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{res_65wqsc5gzqk3y4mof6ewn37whq,res_ypbegqb6tqj57ss7mexs5nb2ky}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_f5rs6rylg5a67wczrbafllsgxa', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2021', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "AtWill", "x_id": "2021", "status": "Past", "unit_id": "unit_tnxsz5mv7ymg24cspyzvvudldy", "term_raw": "Standard", "type_raw": "AtWill", "x_unit_id": "100032", "start_date": "2024-08-06", "status_raw": "Past", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": true}, "notice_date": "2026-05-27", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "unit_number": "104½", "rent_due_day": 17, "x_created_at": "2025-03-29T23:21:31Z", "x_updated_at": "2025-10-20T05:20:07Z", "x_property_id": "10002", "term_normalized": "AT_WILL", "status_normalized": "INACTIVE", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "MovedOut", "notice_date": "2026-05-27", "resident_id": "res_l623swovkgdo24nubnrakvvdcu", "move_in_date": "2024-08-06", "move_out_date": "2026-06-26", "x_resident_id": "500031", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 224529, "realized_move_in_date": "2024-08-06", "realized_move_out_date": "2026-06-26", "deposit_amount_in_cents": 68423}', '\x40a634c7564c2544381b1134813aad83', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2025-10-20 05:20:07+00', NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_tnxsz5mv7ymg24cspyzvvudldy', '100032', '{res_l623swovkgdo24nubnrakvvdcu}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_ketusvneqys42qoe423p7qlfqu', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2034', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "Fixed", "x_id": "2034", "status": "Active", "unit_id": "unit_tnxsz5mv7ymg24cspyzvvudldy", "end_date": "2026-10-30", "term_raw": "Standard", "type_raw": "Fixed", "x_unit_id": "100032", "start_date": "2025-10-31", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": false}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "unit_number": "104½", "rent_due_day": 11, "x_created_at": "2024-04-24T16:52:53Z", "x_updated_at": "2024-12-15T16:27:03Z", "x_property_id": "10002", "term_normalized": "FIXED", "status_normalized": "ACTIVE", "renewal_status_raw": "Unsigned", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_u4rjlcr5nycx4lt7q6kmnpm4ya", "move_in_date": "2025-10-31", "x_resident_id": "500036", "resident_type_normalized": "OTHER"}, {"resident_id": "res_6346xp5x5qnfcd5qaftvg34izq", "x_resident_id": "cosigner:500059", "x_resident_type": "Cosigner", "resident_type_normalized": "GUARANTOR"}], "realized_move_in_date": "2025-10-31"}', '\x7b0b5ed725bc812c55d104b647c4e966', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2024-12-15 16:27:03+00', NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_tnxsz5mv7ymg24cspyzvvudldy', '100032', '{res_6346xp5x5qnfcd5qaftvg34izq,res_u4rjlcr5nycx4lt7q6kmnpm4ya}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_r74gbkh5wmlcnmpcqgdiikg25a', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2036', 'sandbox', 'BUILDIUM', '{"term": "MonthToMonth", "type": "FixedWithRollover", "x_id": "2036", "status": "Active", "unit_id": "unit_nzquuyur4xdq3yxhnhtpy2kf6u", "end_date": "2027-04-01", "term_raw": "MonthToMonth", "type_raw": "FixedWithRollover", "x_unit_id": "100043", "start_date": "2026-04-02", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 2, "AutomaticallyMoveOutTenants": false}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "106", "rent_due_day": 14, "x_created_at": "2022-05-07T06:17:59Z", "x_updated_at": "2023-09-13T19:18:48Z", "x_property_id": "10011", "term_normalized": "MONTH_TO_MONTH", "status_normalized": "ACTIVE", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_qvpqluyyuiavuqhqsazgq3bb5a", "move_in_date": "2026-04-02", "x_resident_id": "500045", "resident_type_normalized": "OTHER"}, {"status_raw": "Current", "resident_id": "res_3z5toorxf4vbzpryzdtlopzzkq", "move_in_date": "2026-04-02", "x_resident_id": "500054", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 193700, "realized_move_in_date": "2026-04-02", "deposit_amount_in_cents": 274218}', '\xbbd81235bfd7690d0f5d4dee4f926f7d', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2023-09-13 19:18:48+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_nzquuyur4xdq3yxhnhtpy2kf6u', '100043', '{res_3z5toorxf4vbzpryzdtlopzzkq,res_qvpqluyyuiavuqhqsazgq3bb5a}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_fwiyflssboq53njl72ktgmvj2e', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2042', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "Fixed", "x_id": "2042", "status": "Active", "unit_id": "unit_ddj53uzio2fhqaecuwlsybdlyy", "end_date": "2027-03-05", "term_raw": "Standard", "type_raw": "Fixed", "x_unit_id": "100053", "start_date": "2026-03-06", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": false}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "107", "rent_due_day": 12, "x_created_at": "2025-04-07T18:03:23Z", "x_updated_at": "2026-04-15T00:00:00Z", "x_property_id": "10011", "term_normalized": "FIXED", "status_normalized": "ACTIVE", "renewal_status_raw": "PartiallySigned", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_jupl5rdaysnguczrenjateyb34", "move_in_date": "2026-03-06", "x_resident_id": "500059", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 228329, "realized_move_in_date": "2026-03-06", "deposit_amount_in_cents": 67280}', '\xc4d440f8df546e832133a30b58857c21', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2026-04-15 00:00:00+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_ddj53uzio2fhqaecuwlsybdlyy', '100053', '{res_jupl5rdaysnguczrenjateyb34}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_jlfx54eabwrh6j4anqbf5jiq7u', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2049', 'sandbox', 'BUILDIUM', '{"term": "MonthToMonth", "type": "FixedWithRollover", "x_id": "2049", "status": "Past", "unit_id": "unit_joixh5ljesafcwyspxuijmid24", "end_date": "2025-06-14", "term_raw": "MonthToMonth", "type_raw": "FixedWithRollover", "x_unit_id": "100056", "start_date": "2024-06-15", "status_raw": "Past", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": false}, "notice_date": "2025-05-15", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "0108", "rent_due_day": 13, "x_created_at": "2023-04-19T22:20:44Z", "x_updated_at": "2024-07-10T00:20:08Z", "x_property_id": "10011", "term_normalized": "MONTH_TO_MONTH", "status_normalized": "INACTIVE", "renewal_status_raw": "Accepted", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "MovedOut", "notice_date": "2025-05-15", "resident_id": "res_tj2fbpogugcvkcefp5x7xrz4ji", "move_in_date": "2024-06-15", "move_out_date": "2025-06-14", "x_resident_id": "500066", "resident_type_normalized": "OTHER"}, {"resident_id": "res_nx5ly3fabonnncm7mh6gli2avy", "x_resident_id": "cosigner:500102", "x_resident_type": "Cosigner", "resident_type_normalized": "GUARANTOR"}], "realized_move_in_date": "2024-06-15", "realized_move_out_date": "2025-06-14", "deposit_amount_in_cents": 145300}', '\xe0d43d70df11aebe05191af67d5d52bc', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2024-07-10 00:20:08+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_joixh5ljesafcwyspxuijmid24', '100056', '{res_nx5ly3fabonnncm7mh6gli2avy,res_tj2fbpogugcvkcefp5x7xrz4ji}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_3gkr6yflgzucuaw6pxhcikish4', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2061', 'sandbox', 'BUILDIUM', '{"term": "MonthToMonth", "type": "Fixed", "x_id": "2061", "status": "Past", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "end_date": "2025-07-01", "term_raw": "MonthToMonth", "type_raw": "Fixed", "x_unit_id": "100071", "start_date": "2024-07-02", "status_raw": "Past", "custom_data": {"CurrentNumberOfOccupants": 2, "AutomaticallyMoveOutTenants": true}, "notice_date": "2025-06-01", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "110", "rent_due_day": 13, "x_created_at": "2022-05-29T14:48:57Z", "x_updated_at": "2023-10-06T00:00:00Z", "x_property_id": "10011", "term_normalized": "MONTH_TO_MONTH", "status_normalized": "INACTIVE", "renewal_status_raw": "Renewed", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "MovedOut", "notice_date": "2025-06-01", "resident_id": "res_tlocyptrpc42ee6nihf5oange4", "move_in_date": "2024-07-02", "move_out_date": "2025-07-01", "x_resident_id": "500072", "resident_type_normalized": "OTHER"}, {"status_raw": "MovedOut", "notice_date": "2025-06-01", "resident_id": "res_jllkmerblz5iwwtfwtmo5btm44", "move_in_date": "2024-07-02", "move_out_date": "2025-07-01", "x_resident_id": "500080", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 221000, "realized_move_in_date": "2024-07-02", "realized_move_out_date": "2025-07-01", "deposit_amount_in_cents": 27876}', '\xa682eab0fdfed7919adb2fa5d5f959c5', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2023-10-06 00:00:00+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{res_jllkmerblz5iwwtfwtmo5btm44,res_tlocyptrpc42ee6nihf5oange4}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_loukusyoo6jfopsdwzhtvr4oha', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2063', 'sandbox', 'BUILDIUM', '{"term": "MonthToMonth", "type": "None", "x_id": "2063", "status": "Active", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "end_date": "2026-08-11", "term_raw": "MonthToMonth", "type_raw": "None", "x_unit_id": "100071", "start_date": "2025-08-12", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": false}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "110", "rent_due_day": 10, "x_created_at": "2021-07-20T06:44:30Z", "x_updated_at": "2023-02-20T00:00:00Z", "x_property_id": "10011", "term_normalized": "MONTH_TO_MONTH", "status_normalized": "ACTIVE", "renewal_status_raw": "Accepted", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_u37c2t4uopf7rldn5rptxdf73y", "x_resident_id": "500090", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 352500, "deposit_amount_in_cents": 31900}', '\x4959ecb084fc631f1097b5a1793713a6', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2023-02-20 00:00:00+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{res_u37c2t4uopf7rldn5rptxdf73y}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_jjsanl2mkma73zysjymon4neva', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2075', 'sandbox', 'BUILDIUM', '{"term": "Standard", "type": "FixedWithRollover", "x_id": "2075", "status": "Future", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "end_date": "2027-07-26", "term_raw": "Standard", "type_raw": "FixedWithRollover", "x_unit_id": "100071", "start_date": "2026-07-27", "status_raw": "Future", "custom_data": {"CurrentNumberOfOccupants": 1, "AutomaticallyMoveOutTenants": true}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "unit_number": "110", "rent_due_day": 13, "x_created_at": "2024-04-26T12:08:39Z", "x_updated_at": "2024-10-26T01:44:04Z", "x_property_id": "10011", "term_normalized": "FIXED", "status_normalized": "PENDING", "renewal_status_raw": "Unsigned", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Future", "resident_id": "res_xgtmzl4236nyn537lcmsrh3xum", "move_in_date": "2026-07-27", "x_resident_id": "500093", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 354493, "scheduled_move_in_date": "2026-07-27", "deposit_amount_in_cents": 2987}', '\x49be94a769a1ef28cb494472bb74a09f', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2024-10-26 01:44:04+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{res_xgtmzl4236nyn537lcmsrh3xum}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'leases', 'lse_spug6idgxhyitqcqfii3bto5ie', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '2080', 'sandbox', 'BUILDIUM', '{"term": "Owner", "type": "None", "x_id": "2080", "status": "Active", "unit_id": "unit_74wg4yddoykl3ulyukhhlkomaq", "end_date": "2026-11-01", "term_raw": "Owner", "type_raw": "None", "x_unit_id": "100083", "start_date": "2025-11-02", "status_raw": "Active", "custom_data": {"CurrentNumberOfOccupants": 2, "AutomaticallyMoveOutTenants": true}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "rent_due_day": 18, "x_created_at": "2024-09-05T20:00:04Z", "x_updated_at": "2026-04-21T21:48:42Z", "x_property_id": "10011", "term_normalized": "OTHER", "status_normalized": "ACTIVE", "renewal_status_raw": "PartiallySigned", "is_eviction_pending": false, "residents_meta_data": [{"status_raw": "Current", "resident_id": "res_oulmvgxs725i25ptfd6mkx5jy4", "move_in_date": "2025-11-02", "x_resident_id": "500102", "resident_type_normalized": "OTHER"}, {"status_raw": "Current", "resident_id": "res_wmzf2hxspbgfwth7otj7ydi64m", "move_in_date": "2025-11-02", "x_resident_id": "500106", "resident_type_normalized": "OTHER"}], "rent_amount_in_cents": 152800, "realized_move_in_date": "2025-11-02", "deposit_amount_in_cents": 142221}', '\x06f2114c5782f067a983e333d8937a44', '2026-11-29 12:40:56.471009+00', '2026-11-29 12:40:56.471009+00', '2026-04-21 21:48:42+00', NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_74wg4yddoykl3ulyukhhlkomaq', '100083', '{res_oulmvgxs725i25ptfd6mkx5jy4,res_wmzf2hxspbgfwth7otj7ydi64m}', '', NULL, NULL, 0);
INSERT INTO public.record_properties VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'properties', 'prop_3xz57j6vradsvcoymqmc45jqcq', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '10002', 'sandbox', 'BUILDIUM', '{"zip": "60601", "city": "Chicago", "name": "Williams Apartments", "type": "CondoTownhome", "x_id": "10002", "state": "IL", "country": "US", "currency": "USD", "type_raw": "CondoTownhome", "address_1": "4348 Rue de l''Église", "is_active": true, "year_built": 1991, "custom_data": {"Reserve": "3931.05", "OperatingBankAccountId": 40006}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "x_property_id": "10002", "number_of_units": 6, "type_normalized": "OTHER", "long_description": "Pays on time", "street_address_1": "4348 Rue de l''Église"}', '\xf900536408196c828f8dc2e4288fde8f', '2026-11-29 12:40:56.444808+00', '2026-11-29 12:40:56.444808+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'properties', 'prop_r4tvrdbkvkqzgrznguqiwuop7y', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '10011', 'sandbox', 'BUILDIUM', '{"zip": "10001", "city": "New York", "name": "Ann \"Annie\"", "type": "CondoTownhome", "x_id": "10011", "state": "NY", "country": "US", "currency": "USD", "type_raw": "CondoTownhome", "address_1": "270 Rue de l''Église", "is_active": false, "year_built": 1960, "custom_data": {"Reserve": "276.44", "OperatingBankAccountId": 40004}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "manager_name": "Fatima Nguyen", "manager_email": "\"odd name\"+303@exämple.test", "x_property_id": "10011", "manager_phones": [{"number": "(712) 555-7940", "type_raw": "Home", "type_normalized": "HOME"}, {"number": "(714) 555-7380", "type_raw": "Other", "type_normalized": "OTHER"}, {"number": "(752) 555-6965", "type_raw": "Home", "type_normalized": "HOME"}], "manager_phone_1": "(712) 555-7940", "manager_phone_2": "(714) 555-7380", "number_of_units": 6, "type_normalized": "OTHER", "long_description": "Pays on time", "street_address_1": "270 Rue de l''Église", "manager_phone_1_type": "HOME", "manager_phone_2_type": "OTHER"}', '\x1508b348da0fa70099836af1ebdee735', '2026-11-29 12:40:56.444808+00', '2026-11-29 12:40:56.444808+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0);
INSERT INTO public.record_residents VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_l5di2kpw7kzahb4qrpgrn3eqqu', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500003', 'sandbox', 'BUILDIUM', '{"zip": "00901", "city": "San Juan", "x_id": "500003", "notes": "Pays on time", "state": "PR", "phones": [{"number": "call the office", "type_raw": "Office", "type_normalized": "WORK"}], "country": "PR", "email_1": "person500003+29@mail.example.com", "email_2": "person500003+29@mail.example.com", "phone_1": "call the office", "unit_id": "unit_u4p22hxgw25klky6oszhjpd6ma", "lease_id": "lse_h3jf6nduaekd6wsmxlh232mtoi", "address_1": "8742 Peachtree Rd NE", "last_name": "Walker", "x_unit_id": "100004", "first_name": "Elizabeth", "status_raw": "Current", "x_lease_id": "2000", "custom_data": {"SMSOptInStatus": "RequestSent", "MailingPreference": "AlternateAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "phone_1_type": "WORK", "x_created_at": "2023-03-08T02:34:36Z", "date_of_birth": "1964-09-05", "x_property_id": "10002", "zip_alternate": "78701", "city_alternate": "Austin", "state_alternate": "TX", "leases_meta_data": [{"lease_id": "lse_h3jf6nduaekd6wsmxlh232mtoi", "x_lease_id": "2000", "move_in_date": "2026-06-23", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "status_normalized": "CURRENT", "address_2_alternate": "Building \"B\""}', '\x0eaaec309395c6d8f23dcf71b4db735d', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_u4p22hxgw25klky6oszhjpd6ma', '100004', '{lse_h3jf6nduaekd6wsmxlh232mtoi}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_4qdckwgbgyb7yrzoeclglnky4q', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500007', 'sandbox', 'BUILDIUM', '{"zip": "10001", "city": "New York", "x_id": "500007", "state": "NY", "country": "US", "email_1": "person500007+5@mail.example.com", "email_2": "person500007+23@mail.example.com", "unit_id": "unit_2oefxsu2moirz3lhq3y2e3ovzy", "lease_id": "lse_4flws6465zi3g2yhr7phmxwx6i", "address_1": "334 Main St", "address_3": "c/o Front Desk", "last_name": "de la Cruz", "x_unit_id": "100011", "first_name": "Lisa", "status_raw": "Current", "x_lease_id": "2009", "custom_data": {"SMSOptInStatus": "OptedIn", "MailingPreference": "PrimaryAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "x_created_at": "2022-02-25T08:21:12Z", "date_of_birth": "1992-01-29", "x_property_id": "10002", "zip_alternate": "00901", "city_alternate": "San Juan", "leases_meta_data": [{"lease_id": "lse_4flws6465zi3g2yhr7phmxwx6i", "x_lease_id": "2009", "move_in_date": "2025-08-08", "resident_type_normalized": "OTHER"}], "country_alternate": "PR", "emergency_contact": {"name": "Wei", "email": "person500007+15@mail.example.com", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "5646 Peachtree Rd NE"}', '\xb7449528ea80ccc11071d36f9269ee20', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_2oefxsu2moirz3lhq3y2e3ovzy', '100011', '{lse_4flws6465zi3g2yhr7phmxwx6i}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_ypbegqb6tqj57ss7mexs5nb2ky', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500020', 'sandbox', 'BUILDIUM', '{"zip": "83814", "x_id": "500020", "state": "ID", "phones": [{"number": "(785) 555-6560", "type_raw": "Personal", "type_normalized": "OTHER"}], "country": "US", "email_1": "person500020+20@mail.example.com", "email_2": "person500020+5@mail.example.com", "phone_1": "(785) 555-6560", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "lease_id": "lse_uf2jchjmfxdrkdhyz5hgblq34y", "address_1": "6991 MLK Jr. Way", "last_name": "White", "x_unit_id": "100027", "first_name": "Kenneth", "status_raw": "Current", "x_lease_id": "2014", "custom_data": {"SMSOptInStatus": "OptedIn", "MailingPreference": "PrimaryAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "phone_1_type": "OTHER", "x_created_at": "2022-06-07T12:27:56Z", "date_of_birth": "1969-06-19", "x_property_id": "10002", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_uf2jchjmfxdrkdhyz5hgblq34y", "x_lease_id": "2014", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Jennifer", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "3652 Oak Ave"}', '\x2dc3ae6e7d74fe207cad688ed4af4736', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{lse_uf2jchjmfxdrkdhyz5hgblq34y}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_65wqsc5gzqk3y4mof6ewn37whq', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500025', 'sandbox', 'BUILDIUM', '{"city": "Montréal", "x_id": "500025", "notes": "Has a dog 🐕 named Rex, 40 lb", "state": "QC", "phones": [{"number": "(433) 555-6568", "type_raw": "Personal", "type_normalized": "OTHER"}], "country": "CA", "email_1": "person500025+25@mail.example.com", "email_2": "person500025+20@mail.example.com", "phone_1": "(433) 555-6568", "unit_id": "unit_ig62ii72jkigu2qz5wuahnl4ma", "lease_id": "lse_uf2jchjmfxdrkdhyz5hgblq34y", "address_1": "7205 County Road 12", "last_name": "King", "x_unit_id": "100027", "first_name": "Siobhán", "status_raw": "Current", "x_lease_id": "2014", "custom_data": {"SMSOptInStatus": "OptedOut", "MailingPreference": "AlternateAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "phone_1_type": "OTHER", "x_created_at": "2022-08-21T18:31:05Z", "date_of_birth": "1950-11-08", "x_property_id": "10002", "leases_meta_data": [{"lease_id": "lse_uf2jchjmfxdrkdhyz5hgblq34y", "x_lease_id": "2014", "move_in_date": "2026-06-13", "resident_type_normalized": "OTHER"}], "emergency_contact": {"name": "Kenneth", "email": "person500025+10@mail.example.com", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT"}', '\xb15ac7f2f8c09d607cc8f1e023f19a20', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_ig62ii72jkigu2qz5wuahnl4ma', '100027', '{lse_uf2jchjmfxdrkdhyz5hgblq34y}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_l623swovkgdo24nubnrakvvdcu', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500031', 'sandbox', 'BUILDIUM', '{"zip": "33101", "city": "Miami", "x_id": "500031", "state": "FL", "phones": [{"number": "(970) 555-2995", "type_raw": "Home", "type_normalized": "HOME"}, {"number": "call the office", "type_raw": "Office", "type_normalized": "WORK"}], "email_1": "person500031+11@mail.example.com", "email_2": "person500031+22@mail.example.com", "phone_1": "(970) 555-2995", "phone_2": "call the office", "unit_id": "unit_tnxsz5mv7ymg24cspyzvvudldy", "lease_id": "lse_f5rs6rylg5a67wczrbafllsgxa", "address_1": "1506 Washington Blvd", "last_name": "Green", "x_unit_id": "100032", "first_name": "Jennifer", "status_raw": "MovedOut", "x_lease_id": "2021", "custom_data": {"MailingPreference": "PrimaryAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "phone_1_type": "HOME", "phone_2_type": "WORK", "x_created_at": "2022-10-21T11:14:48Z", "date_of_birth": "1983-11-28", "x_property_id": "10002", "zip_alternate": "02108", "city_alternate": "Boston", "state_alternate": "MA", "leases_meta_data": [{"lease_id": "lse_f5rs6rylg5a67wczrbafllsgxa", "x_lease_id": "2021", "notice_date": "2026-05-27", "move_in_date": "2024-08-06", "move_out_date": "2026-06-26", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "status_normalized": "PAST"}', '\x99159560dae0a53982797cf8fa88ba08', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_tnxsz5mv7ymg24cspyzvvudldy', '100032', '{lse_f5rs6rylg5a67wczrbafllsgxa}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_u4rjlcr5nycx4lt7q6kmnpm4ya', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500036', 'sandbox', 'BUILDIUM', '{"zip": "83814", "city": "Coeur d''Alene", "x_id": "500036", "state": "ID", "phones": [{"number": "(427) 555-7642", "type_raw": "Other", "type_normalized": "OTHER"}, {"number": "(979) 555-9268", "type_raw": "Office", "type_normalized": "WORK"}], "country": "US", "email_2": "person500036+14@mail.example.com", "phone_1": "(427) 555-7642", "phone_2": "(979) 555-9268", "unit_id": "unit_tnxsz5mv7ymg24cspyzvvudldy", "lease_id": "lse_ketusvneqys42qoe423p7qlfqu", "address_1": "3905 Main St", "last_name": "Walker", "x_unit_id": "100032", "first_name": "Michael", "status_raw": "Current", "x_lease_id": "2034", "custom_data": {"SMSOptInStatus": "RequestSent", "MailingPreference": "PrimaryAddress"}, "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "phone_1_type": "OTHER", "phone_2_type": "WORK", "x_created_at": "2023-08-13T14:50:37Z", "date_of_birth": "1996-01-03", "x_property_id": "10002", "zip_alternate": "H2X 1Y4", "city_alternate": "Montréal", "state_alternate": "QC", "leases_meta_data": [{"lease_id": "lse_ketusvneqys42qoe423p7qlfqu", "x_lease_id": "2034", "move_in_date": "2025-10-31", "resident_type_normalized": "OTHER"}], "country_alternate": "CA", "emergency_contact": {"name": "Amanda", "email": "person500036+23@mail.example.com", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "887 Peachtree Rd NE"}', '\x9bb6c7ab2f620a74eab780df8cb8419c', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', 'unit_tnxsz5mv7ymg24cspyzvvudldy', '100032', '{lse_ketusvneqys42qoe423p7qlfqu}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_qvpqluyyuiavuqhqsazgq3bb5a', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500045', 'sandbox', 'BUILDIUM', '{"zip": "00901", "city": "San Juan", "x_id": "500045", "phones": [{"number": "9675550033", "type_raw": "Fax", "type_normalized": "FAX"}], "country": "PR", "email_2": "person500045+28@mail.example.com", "phone_1": "9675550033", "unit_id": "unit_nzquuyur4xdq3yxhnhtpy2kf6u", "lease_id": "lse_r74gbkh5wmlcnmpcqgdiikg25a", "address_1": "7680 Oak Ave", "last_name": "Anderson", "x_unit_id": "100043", "first_name": "José", "status_raw": "Current", "x_lease_id": "2036", "custom_data": {"SMSOptInStatus": "RequestSent"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "phone_1_type": "FAX", "x_created_at": "2023-09-18T12:37:04Z", "date_of_birth": "1951-12-03", "x_property_id": "10011", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_r74gbkh5wmlcnmpcqgdiikg25a", "x_lease_id": "2036", "move_in_date": "2026-04-02", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Betty", "email": "person500045+14@mail.example.com", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "5901 Main St"}', '\x025eb394de132d395dd7a13ffc07d503', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_nzquuyur4xdq3yxhnhtpy2kf6u', '100043', '{lse_r74gbkh5wmlcnmpcqgdiikg25a}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_3z5toorxf4vbzpryzdtlopzzkq', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500054', 'sandbox', 'BUILDIUM', '{"zip": "33101", "city": "Miami", "x_id": "500054", "notes": "Pays on time", "state": "FL", "phones": [{"number": "(235) 555-6346", "type_raw": "Office", "type_normalized": "WORK"}, {"number": "(376) 555-3250", "type_raw": "Office", "type_normalized": "WORK"}], "country": "US", "email_1": "\"odd name\"+500054@exämple.test", "email_2": "person500054+11@mail.example.com", "phone_1": "(235) 555-6346", "phone_2": "(376) 555-3250", "unit_id": "unit_nzquuyur4xdq3yxhnhtpy2kf6u", "lease_id": "lse_r74gbkh5wmlcnmpcqgdiikg25a", "address_1": "2282 Lake View Rd", "last_name": "Hill", "x_unit_id": "100043", "first_name": "Mark", "status_raw": "Current", "x_lease_id": "2036", "custom_data": {"SMSOptInStatus": "OptedIn", "MailingPreference": "PrimaryAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "phone_1_type": "WORK", "phone_2_type": "WORK", "x_created_at": "2021-08-15T16:09:36Z", "date_of_birth": "1962-07-18", "x_property_id": "10011", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_r74gbkh5wmlcnmpcqgdiikg25a", "x_lease_id": "2036", "move_in_date": "2026-04-02", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Anthony", "email": "none@", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "6723 Maple Dr"}', '\xda35a7dfec0605c2c19b3c70ebd633b5', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_nzquuyur4xdq3yxhnhtpy2kf6u', '100043', '{lse_r74gbkh5wmlcnmpcqgdiikg25a}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_jupl5rdaysnguczrenjateyb34', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500059', 'sandbox', 'BUILDIUM', '{"zip": "83814", "city": "Coeur d''Alene", "x_id": "500059", "notes": "Has a dog 🐕 named Rex, 40 lb", "state": "ID", "country": "US", "email_1": "person500059+28@mail.example.com", "email_2": "person500059+15@mail.example.com", "unit_id": "unit_ddj53uzio2fhqaecuwlsybdlyy", "lease_id": "lse_fwiyflssboq53njl72ktgmvj2e", "address_1": "2414 Lake View Rd", "last_name": "Adams", "x_unit_id": "100053", "first_name": "Joshua", "status_raw": "Current", "x_lease_id": "2042", "custom_data": {"MailingPreference": "PrimaryAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2024-06-11T13:49:50Z", "date_of_birth": "2007-11-28", "x_property_id": "10011", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_fwiyflssboq53njl72ktgmvj2e", "x_lease_id": "2042", "move_in_date": "2026-03-06", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Nancy", "email": "person500059+10@mail.example.com", "phone": "(555) 010-9911"}, "status_normalized": "CURRENT", "address_1_alternate": "1970 2nd Street", "address_2_alternate": "Building \"B\""}', '\x16ea3e540c4530665bc59f7131512cbe', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_ddj53uzio2fhqaecuwlsybdlyy', '100053', '{lse_fwiyflssboq53njl72ktgmvj2e}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_tj2fbpogugcvkcefp5x7xrz4ji', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500066', 'sandbox', 'BUILDIUM', '{"x_id": "500066", "notes": "Pays on time", "email_1": "person500066+15@mail.example.com", "email_2": "person500066+22@mail.example.com", "unit_id": "unit_joixh5ljesafcwyspxuijmid24", "lease_id": "lse_jlfx54eabwrh6j4anqbf5jiq7u", "last_name": "Walker", "x_unit_id": "100056", "first_name": "Paul", "status_raw": "MovedOut", "x_lease_id": "2049", "custom_data": {"SMSOptInStatus": "OptedOut", "MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2024-04-17T05:07:31Z", "date_of_birth": "1971-05-04", "x_property_id": "10011", "zip_alternate": "33101", "city_alternate": "Miami", "state_alternate": "FL", "leases_meta_data": [{"lease_id": "lse_jlfx54eabwrh6j4anqbf5jiq7u", "x_lease_id": "2049", "notice_date": "2025-05-15", "move_in_date": "2024-06-15", "move_out_date": "2025-06-14", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "emergency_contact": {"name": "Wei", "email": "person500066+8@mail.example.com", "relationship": "Sister-in-law"}, "status_normalized": "PAST", "address_3_alternate": "c/o Front Desk"}', '\x5c43889bc5a5f078bc3b8e25b5664851', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_joixh5ljesafcwyspxuijmid24', '100056', '{lse_jlfx54eabwrh6j4anqbf5jiq7u}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_tlocyptrpc42ee6nihf5oange4', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500072', 'sandbox', 'BUILDIUM', '{"city": "San José", "x_id": "500072", "state": "CA", "phones": [{"number": "+44 20 7946 8225", "type_raw": "Personal", "type_normalized": "OTHER"}, {"number": "(724) 555-3703", "type_raw": "Other", "type_normalized": "OTHER"}], "country": "US", "email_1": "person500072+5@mail.example.com", "email_2": "person500072+26@mail.example.com", "phone_1": "+44 20 7946 8225", "phone_2": "(724) 555-3703", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "lease_id": "lse_3gkr6yflgzucuaw6pxhcikish4", "address_1": "3900 County Road 12", "address_3": "c/o Front Desk", "last_name": "Thompson", "x_unit_id": "100071", "first_name": "Kenneth", "status_raw": "MovedOut", "x_lease_id": "2061", "custom_data": {"SMSOptInStatus": "OptedIn", "MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "phone_1_type": "OTHER", "phone_2_type": "OTHER", "x_created_at": "2021-09-22T23:47:26Z", "x_property_id": "10011", "zip_alternate": "95113", "city_alternate": "San José", "state_alternate": "CA", "leases_meta_data": [{"lease_id": "lse_3gkr6yflgzucuaw6pxhcikish4", "x_lease_id": "2061", "notice_date": "2025-06-01", "move_in_date": "2024-07-02", "move_out_date": "2025-07-01", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "emergency_contact": {"name": "Linda", "email": "person500072+9@mail.example.com", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "PAST", "address_1_alternate": "3871 Peachtree Rd NE"}', '\xbdf099077a774012952e333c6a0c9f5f', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{lse_3gkr6yflgzucuaw6pxhcikish4}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_jllkmerblz5iwwtfwtmo5btm44', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500080', 'sandbox', 'BUILDIUM', '{"zip": "02108", "city": "Boston", "x_id": "500080", "notes": "Pays on time", "state": "MA", "country": "US", "email_1": "person500080+9@mail.example.com", "email_2": "person500080+28@mail.example.com", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "lease_id": "lse_3gkr6yflgzucuaw6pxhcikish4", "address_1": "5701 2nd Street", "address_3": "c/o Front Desk", "last_name": "Garcia", "x_unit_id": "100071", "first_name": "Carol", "status_raw": "MovedOut", "x_lease_id": "2061", "custom_data": {"SMSOptInStatus": "OptedIn", "MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2022-07-23T20:07:47Z", "date_of_birth": "2003-08-15", "x_property_id": "10011", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_3gkr6yflgzucuaw6pxhcikish4", "x_lease_id": "2061", "notice_date": "2025-06-01", "move_in_date": "2024-07-02", "move_out_date": "2025-07-01", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Andrew", "email": "person500080+7@mail.example.com", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "PAST", "address_1_alternate": "2916 MLK Jr. Way", "address_2_alternate": "Building \"B\"", "address_3_alternate": "c/o Front Desk"}', '\x6bd2fa33565fbbfded00ebb4685328bf', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{lse_3gkr6yflgzucuaw6pxhcikish4}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_u37c2t4uopf7rldn5rptxdf73y', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500090', 'sandbox', 'BUILDIUM', '{"zip": "10001", "city": "New York", "x_id": "500090", "state": "NY", "country": "US", "email_1": "person500090+10@mail.example.com", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "lease_id": "lse_loukusyoo6jfopsdwzhtvr4oha", "address_1": "2025 Lake View Rd", "last_name": "Harris", "x_unit_id": "100071", "first_name": "Patricia", "status_raw": "Current", "x_lease_id": "2063", "custom_data": {"SMSOptInStatus": "OptedOut", "MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2025-04-07T14:01:43Z", "date_of_birth": "2002-10-18", "x_property_id": "10011", "zip_alternate": "95113", "city_alternate": "San José", "state_alternate": "CA", "leases_meta_data": [{"lease_id": "lse_loukusyoo6jfopsdwzhtvr4oha", "x_lease_id": "2063", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "status_normalized": "CURRENT", "address_1_alternate": "7390 Peachtree Rd NE"}', '\x067337ea71b5a3a536a9564a283cae87', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{lse_loukusyoo6jfopsdwzhtvr4oha}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_xgtmzl4236nyn537lcmsrh3xum', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500093', 'sandbox', 'BUILDIUM', '{"city": "San José", "x_id": "500093", "state": "CA", "country": "US", "email_1": "person500093+9@mail.example.com", "email_2": "person500093+15@mail.example.com", "unit_id": "unit_n3kga2brwu4znzrdqs3d7sppyq", "lease_id": "lse_jjsanl2mkma73zysjymon4neva", "address_1": "4224 Rue de l''Église", "last_name": "Lewis", "x_unit_id": "100071", "first_name": "William", "status_raw": "Future", "x_lease_id": "2075", "custom_data": {"SMSOptInStatus": "RequestSent", "MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2023-12-29T14:04:07Z", "date_of_birth": "2000-05-11", "x_property_id": "10011", "zip_alternate": "SW1A 1AA", "city_alternate": "London", "leases_meta_data": [{"lease_id": "lse_jjsanl2mkma73zysjymon4neva", "x_lease_id": "2075", "move_in_date": "2026-07-27", "resident_type_normalized": "OTHER"}], "country_alternate": "GB", "emergency_contact": {"name": "Margaret", "email": "person500093+10@mail.example.com", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "FUTURE", "address_1_alternate": "1517 Rue de l''Église"}', '\xe9c51a9b9385ccf51b02e7ea5f3ba737', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_n3kga2brwu4znzrdqs3d7sppyq', '100071', '{lse_jjsanl2mkma73zysjymon4neva}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_oulmvgxs725i25ptfd6mkx5jy4', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500102', 'sandbox', 'BUILDIUM', '{"zip": "43215-1234", "city": "Columbus", "x_id": "500102", "state": "OH", "country": "US", "email_1": "person500102+27@mail.example.com", "email_2": "\"odd name\"+500102@exämple.test", "unit_id": "unit_74wg4yddoykl3ulyukhhlkomaq", "lease_id": "lse_spug6idgxhyitqcqfii3bto5ie", "address_1": "1410 Rue de l''Église", "last_name": "King", "x_unit_id": "100083", "first_name": "D''Angelo", "status_raw": "Current", "x_lease_id": "2080", "custom_data": {"SMSOptInStatus": "OptedOut", "MailingPreference": "PrimaryAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "x_created_at": "2024-08-19T15:43:46Z", "x_property_id": "10011", "leases_meta_data": [{"lease_id": "lse_spug6idgxhyitqcqfii3bto5ie", "x_lease_id": "2080", "move_in_date": "2025-11-02", "resident_type_normalized": "OTHER"}], "emergency_contact": {"name": "Anthony", "email": "person500102+7@mail.example.com", "phone": "(555) 010-9911"}, "status_normalized": "CURRENT"}', '\xc024d43a3482cb9447147a8f66b1cbe4', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_74wg4yddoykl3ulyukhhlkomaq', '100083', '{lse_spug6idgxhyitqcqfii3bto5ie}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'residents', 'res_wmzf2hxspbgfwth7otj7ydi64m', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '500106', 'sandbox', 'BUILDIUM', '{"zip": "10001", "city": "New York", "x_id": "500106", "notes": "Pays on time", "state": "NY", "phones": [{"number": "(594) 555-0347", "type_raw": "Office", "type_normalized": "WORK"}], "country": "US", "email_1": "person500106+29@mail.example.com", "email_2": "person500106+8@mail.example.com", "phone_1": "(594) 555-0347", "unit_id": "unit_74wg4yddoykl3ulyukhhlkomaq", "lease_id": "lse_spug6idgxhyitqcqfii3bto5ie", "address_1": "5380 County Road 12", "last_name": "Allen", "x_unit_id": "100083", "first_name": "William", "status_raw": "Current", "x_lease_id": "2080", "custom_data": {"MailingPreference": "AlternateAddress"}, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "phone_1_type": "WORK", "x_created_at": "2024-11-25T09:24:24Z", "date_of_birth": "1978-08-31", "x_property_id": "10011", "zip_alternate": "60601", "city_alternate": "Chicago", "state_alternate": "IL", "leases_meta_data": [{"lease_id": "lse_spug6idgxhyitqcqfii3bto5ie", "x_lease_id": "2080", "move_in_date": "2025-11-02", "resident_type_normalized": "OTHER"}], "country_alternate": "US", "emergency_contact": {"name": "Thomas", "phone": "(555) 010-9911", "relationship": "Sister-in-law"}, "status_normalized": "CURRENT", "address_1_alternate": "6896 Lake View Rd"}', '\x1e0eae348a0e094f546e4c5152141ea8', '2026-11-29 12:40:56.461766+00', '2026-11-29 12:40:56.461766+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', 'unit_74wg4yddoykl3ulyukhhlkomaq', '100083', '{lse_spug6idgxhyitqcqfii3bto5ie}', '', NULL, NULL, 0);
INSERT INTO public.record_units VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_u4p22hxgw25klky6oszhjpd6ma', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100004', 'sandbox', 'BUILDIUM', '{"zip": "02108", "city": "Boston", "x_id": "100004", "state": "MA", "number": "100", "country": "US", "bedrooms": "4", "currency": "USD", "address_1": "1981 Oak Ave", "address_2": "Apt 100", "bathrooms": "5", "is_listed": true, "is_vacant": false, "description": "Has a dog 🐕 named Rex, 40 lb", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 2888, "bedrooms_raw": "FourBed", "is_available": false, "bathrooms_raw": "FivePlusBath", "building_name": "Building A", "x_property_id": "10002", "bathrooms_full": 5, "bathrooms_half": 0, "street_address_1": "1981 Oak Ave", "street_address_2": "Apt 100", "rent_amount_market_in_cents": 435725}', '\x992f3bc295a2f39c7ca8770a26f7fef1', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_2oefxsu2moirz3lhq3y2e3ovzy', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100011', 'sandbox', 'BUILDIUM', '{"zip": "10001", "city": "New York", "x_id": "100011", "state": "NY", "number": "101½", "country": "US", "bedrooms": "6", "currency": "USD", "address_1": "1956 2nd Street", "address_2": "Apt 101", "bathrooms": "5", "is_listed": false, "is_vacant": false, "description": "Pays on time", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 2570, "bedrooms_raw": "SixBed", "is_available": false, "bathrooms_raw": "FivePlusBath", "building_name": "Building A", "x_property_id": "10002", "bathrooms_full": 5, "bathrooms_half": 0, "street_address_1": "1956 2nd Street", "street_address_2": "Apt 101", "rent_amount_market_in_cents": 228400}', '\xb0170050522fb8a0062cbe8e3fbc57df', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_edkbhuz6nhrclqkdtykx2jgzmm', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100019', 'sandbox', 'BUILDIUM', '{"zip": "00901", "city": "San Juan", "x_id": "100019", "state": "PR", "number": "102", "country": "PR", "currency": "USD", "address_2": "Apt 102", "bathrooms": "5", "is_listed": false, "is_vacant": true, "description": "Pays on time", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 1794, "is_available": true, "bathrooms_raw": "FivePlusBath", "building_name": "Building A", "x_property_id": "10002", "bathrooms_full": 5, "bathrooms_half": 0, "street_address_2": "Apt 102", "rent_amount_market_in_cents": 377869}', '\x6d401ce80d532a3f56ade582f430601f', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_ig62ii72jkigu2qz5wuahnl4ma', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100027', 'sandbox', 'BUILDIUM', '{"zip": "43215-1234", "city": "Columbus", "x_id": "100027", "state": "OH", "number": "103", "country": "US", "currency": "USD", "address_1": "921 Maple Dr", "address_2": "Apt 103", "is_listed": false, "is_vacant": false, "description": "Has a dog 🐕 named Rex, 40 lb", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 1088, "is_available": false, "building_name": "Building A", "x_property_id": "10002", "street_address_1": "921 Maple Dr", "street_address_2": "Apt 103", "rent_amount_market_in_cents": 224100}', '\x6e998edf2f0784882c64caf6ab633ae4', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_tnxsz5mv7ymg24cspyzvvudldy', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100032', 'sandbox', 'BUILDIUM', '{"zip": "60601", "city": "Chicago", "x_id": "100032", "state": "IL", "number": "104½", "country": "US", "bedrooms": "2", "currency": "USD", "address_1": "9642 Sunset Blvd", "address_2": "Apt 104", "bathrooms": "1", "is_listed": false, "is_vacant": false, "description": "Pays on time", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 2773, "bedrooms_raw": "TwoBed", "is_available": false, "bathrooms_raw": "OneBath", "building_name": "Building A", "x_property_id": "10002", "bathrooms_full": 1, "bathrooms_half": 0, "street_address_1": "9642 Sunset Blvd", "street_address_2": "Apt 104", "rent_amount_market_in_cents": 140350}', '\x90e35e990e144d6251e105cce9343e15', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_ktwunhztznepxqtusuirrcbooi', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100041', 'sandbox', 'BUILDIUM', '{"zip": "60601", "x_id": "100041", "state": "IL", "number": "105", "country": "US", "currency": "USD", "address_2": "Apt 105", "bathrooms": "1.5", "is_listed": true, "is_vacant": true, "description": "Pays on time", "property_id": "prop_3xz57j6vradsvcoymqmc45jqcq", "square_feet": 1349, "is_available": true, "bathrooms_raw": "OnePointFiveBath", "building_name": "Building A", "x_property_id": "10002", "bathrooms_full": 1, "bathrooms_half": 1, "street_address_2": "Apt 105", "rent_amount_market_in_cents": 62275}', '\x5e1d05e0b36a492b437292d9fa213fae', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_3xz57j6vradsvcoymqmc45jqcq', '10002', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_nzquuyur4xdq3yxhnhtpy2kf6u', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100043', 'sandbox', 'BUILDIUM', '{"zip": "83814", "city": "Coeur d''Alene", "x_id": "100043", "state": "ID", "number": "106", "country": "US", "bedrooms": "9", "currency": "USD", "address_1": "4507 MLK Jr. Way", "address_2": "Apt 106", "bathrooms": "5", "is_listed": false, "is_vacant": false, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 916, "bedrooms_raw": "NineBedPlus", "is_available": false, "bathrooms_raw": "FiveBath", "building_name": "Building A", "x_property_id": "10011", "bathrooms_full": 5, "bathrooms_half": 0, "street_address_1": "4507 MLK Jr. Way", "street_address_2": "Apt 106", "rent_amount_market_in_cents": 438320}', '\x3ebab98d7146a8810b2e0a195e715e4a', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_ddj53uzio2fhqaecuwlsybdlyy', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100053', 'sandbox', 'BUILDIUM', '{"zip": "33101", "city": "Miami", "x_id": "100053", "state": "FL", "number": "107", "country": "US", "currency": "USD", "address_1": "4579 Peachtree Rd NE", "address_2": "Apt 107", "bathrooms": "3", "is_listed": false, "is_vacant": false, "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 509, "is_available": false, "bathrooms_raw": "ThreeBath", "building_name": "Building A", "x_property_id": "10011", "bathrooms_full": 3, "bathrooms_half": 0, "street_address_1": "4579 Peachtree Rd NE", "street_address_2": "Apt 107", "rent_amount_market_in_cents": 363100}', '\x2416816dcc325d52f99c7a29bb7a73c6', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_joixh5ljesafcwyspxuijmid24', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100056', 'sandbox', 'BUILDIUM', '{"zip": "33101", "city": "Miami", "x_id": "100056", "state": "FL", "number": "0108", "country": "US", "currency": "USD", "address_1": "5707 Oak Ave", "address_2": "Building \"B\"", "is_listed": true, "is_vacant": true, "description": "Pays on time", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 1951, "is_available": true, "x_property_id": "10011", "street_address_1": "5707 Oak Ave", "street_address_2": "Building \"B\"", "rent_amount_market_in_cents": 161500}', '\x19272824043601cf9d09b0fecabd72e8', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_wbsbd4fgg2brhkbf4y3l7vjj6i', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100066', 'sandbox', 'BUILDIUM', '{"zip": "78701", "city": "Austin", "x_id": "100066", "state": "TX", "number": "109", "country": "US", "bedrooms": "2", "currency": "USD", "address_1": "5865 Peachtree Rd NE", "address_2": "Apt 109", "is_listed": true, "is_vacant": true, "description": "Pays on time", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 1475, "bedrooms_raw": "TwoBed", "is_available": true, "building_name": "Building A", "x_property_id": "10011", "street_address_1": "5865 Peachtree Rd NE", "street_address_2": "Apt 109", "rent_amount_market_in_cents": 393798}', '\xca2df98b908598d2346e88113a7f018b', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_n3kga2brwu4znzrdqs3d7sppyq', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100071', 'sandbox', 'BUILDIUM', '{"x_id": "100071", "number": "110", "bedrooms": "3", "bathrooms": "1.5", "is_listed": false, "is_vacant": false, "description": "Pays on time", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 1020, "bedrooms_raw": "ThreeBed", "is_available": false, "bathrooms_raw": "OnePointFiveBath", "building_name": "Building A", "x_property_id": "10011", "bathrooms_full": 1, "bathrooms_half": 1, "rent_amount_market_in_cents": 60993}', '\x6f85cbdae17eea39fe513d6e435a7540', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'units', 'unit_74wg4yddoykl3ulyukhhlkomaq', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', '100083', 'sandbox', 'BUILDIUM', '{"zip": "95113", "city": "San José", "x_id": "100083", "state": "CA", "country": "US", "currency": "USD", "address_1": "3746 Cedar Ln", "bathrooms": "5", "is_listed": false, "is_vacant": false, "description": "Pays on time", "property_id": "prop_r4tvrdbkvkqzgrznguqiwuop7y", "square_feet": 2387, "is_available": false, "bathrooms_raw": "FiveBath", "x_property_id": "10011", "bathrooms_full": 5, "bathrooms_half": 0, "street_address_1": "3746 Cedar Ln", "rent_amount_market_in_cents": 134400}', '\xbb61f5b55e71ae62dc6948a3e389c482', '2026-11-29 12:40:56.445356+00', '2026-11-29 12:40:56.445356+00', NULL, NULL, NULL, 'prop_r4tvrdbkvkqzgrznguqiwuop7y', '10011', NULL, NULL, '{}', '', NULL, NULL, 0);
INSERT INTO public.run VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_cvbaffk2kwaodmklnwx74k7vqm', 'leases', NULL, '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.397198+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 1, 1, 12, 0, 0, 0, 1, 12, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321884+00', '2026-11-29 12:40:56.471009+00', 0, 0, NULL, NULL, 0, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_mt7ldzyty3wwdrdxhfo233x7fy', 'properties', NULL, '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.350535+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 1, 1, 2, 0, 0, 0, 1, 2, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321882+00', '2026-11-29 12:40:56.444808+00', 0, 2, NULL, NULL, 0, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_uv6gns56wyfvftcsk2hl2wey7q', 'units', NULL, '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.372496+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 1, 1, 12, 0, 0, 0, 1, 12, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321883+00', '2026-11-29 12:40:56.445356+00', 0, 12, NULL, NULL, 0, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_ouyen6xy5eslld5uizbwbfgzja', 'residents', NULL, '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.403114+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 1, 1, 16, 0, 0, 0, 1, 16, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321885+00', '2026-11-29 12:40:56.461766+00', 0, 16, NULL, NULL, 0, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_riv5zfi6fg475ek7bmeitfpohy', 'applicants', NULL, '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.489176+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 1, 1, 1, 0, 0, 0, 1, 1, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321886+00', '2026-11-29 12:40:56.513385+00', 0, 1, NULL, NULL, 0, NULL, 0),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_2hh4odwmxdc5jwwfbxnedmhdqq', 'applications', 'run_riv5zfi6fg475ek7bmeitfpohy', '{}', 'succeeded', '{"kind": "full"}', NULL, 1, '2026-11-29 12:40:56.489176+00', 1, 0, '2026-11-29 12:40:56.321882+00', NULL, NULL, 0, 1, 3, 0, 0, 0, 0, NULL, NULL, NULL, NULL, '35d48d65726f4ea6cd25bcd2efb3b9c6d5dbfa49a23bff7a298d3901c9d51714', '0.1.0', '2026-11-29 12:40:56.321887+00', '2026-11-29 12:40:56.513385+00', 0, 3, NULL, NULL, 0, NULL, 0);
INSERT INTO public.schedule VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', '', 'on_demand', NULL, NULL, NULL, NULL, NULL, '2026-11-29 12:40:51.257892+00');
INSERT INTO public.secret VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'clientId', 1, '\x01d2e678328c96f7b91de54b4809dbffc1f956a859f78af1e9a518b6865a7b1f8a2ec75475b3a5cd356a23fadb7eac694b74fe3d91a67a06c0888b3c89d858'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'secret', 1, '\x01d2e678328c96f7b95d505d5ccf0955238fcc014391586e193f100df63037c854c3640e261cfc4ddd9b696237411142d96911c54ea05d9d206074ecbf3922dac218f48884e199d244e8');
INSERT INTO public.sync VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'first', 'succeeded', '2026-11-29 12:40:56.321882+00', '2026-11-29 12:40:56.350535+00', '2026-11-29 12:40:56.513385+00', false, DEFAULT, '2026-11-29 12:41:11.490744+00', NULL);
INSERT INTO public.sync_log OVERRIDING SYSTEM VALUE VALUES
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 1, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_ouyen6xy5eslld5uizbwbfgzja', 'residents', '2026-11-29 12:40:56.421538+00', 'info', 'run.started', 'A worker begins to read.', '{"pages": 0, "worker": "17960-af782ead", "attempt": 1}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 2, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_mt7ldzyty3wwdrdxhfo233x7fy', 'properties', '2026-11-29 12:40:56.421593+00', 'info', 'run.started', 'A worker begins to read.', '{"pages": 0, "worker": "17960-af782ead", "attempt": 1}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 3, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_uv6gns56wyfvftcsk2hl2wey7q', 'units', '2026-11-29 12:40:56.421615+00', 'info', 'run.started', 'A worker begins to read.', '{"pages": 0, "worker": "17960-af782ead", "attempt": 1}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 4, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_cvbaffk2kwaodmklnwx74k7vqm', 'leases', '2026-11-29 12:40:56.421634+00', 'info', 'run.started', 'A worker begins to read.', '{"pages": 0, "worker": "17960-af782ead", "attempt": 1}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 5, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_mt7ldzyty3wwdrdxhfo233x7fy', 'properties', '2026-11-29 12:40:56.469774+00', 'info', 'run.ended', 'Everything was read.', '{"pages": 1, "status": "succeeded", "attempt": 1, "requests": 1, "rows_new": 2, "rows_dead": 0, "rows_changed": 0, "rows_unchanged": 0}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 6, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_ouyen6xy5eslld5uizbwbfgzja', 'residents', '2026-11-29 12:40:56.478037+00', 'info', 'run.ended', 'Everything was read.', '{"pages": 1, "status": "succeeded", "attempt": 1, "requests": 1, "rows_new": 16, "rows_dead": 0, "rows_changed": 0, "rows_unchanged": 0}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 7, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_uv6gns56wyfvftcsk2hl2wey7q', 'units', '2026-11-29 12:40:56.484191+00', 'info', 'run.ended', 'Everything was read.', '{"pages": 1, "status": "succeeded", "attempt": 1, "requests": 1, "rows_new": 12, "rows_dead": 0, "rows_changed": 0, "rows_unchanged": 0}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 8, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_cvbaffk2kwaodmklnwx74k7vqm', 'leases', '2026-11-29 12:40:56.489763+00', 'info', 'run.ended', 'Everything was read.', '{"pages": 1, "status": "succeeded", "attempt": 1, "requests": 1, "rows_new": 12, "rows_dead": 0, "rows_changed": 0, "rows_unchanged": 0}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 9, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_riv5zfi6fg475ek7bmeitfpohy', 'applicants', '2026-11-29 12:40:56.5095+00', 'info', 'run.started', 'A worker begins to read.', '{"pages": 0, "worker": "17960-af782ead", "attempt": 1}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 10, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_riv5zfi6fg475ek7bmeitfpohy', 'applicants', '2026-11-29 12:40:56.553791+00', 'info', 'run.ended', 'Everything was read.', '{"pages": 1, "status": "succeeded", "attempt": 1, "requests": 1, "rows_new": 1, "rows_dead": 0, "rows_changed": 0, "rows_unchanged": 0}'),
	('acc_rnckhzh7wfpjddpi6yimea2zui', 'int_xyevf7qrhgky3tobhdqv72kfzq', 11, 'syn_tcjhkbopaldia5z45b3o2hpc3e', 'run_riv5zfi6fg475ek7bmeitfpohy', 'applicants', '2026-11-29 12:40:56.553805+00', 'info', 'sync.ended', 'The sync has ended: succeeded.', '{"status": "succeeded"}');
SELECT pg_catalog.setval('public.audit_id_seq', 2, true);
SELECT pg_catalog.setval('public.change_seq_seq', 6, true);
SELECT pg_catalog.setval('public.dead_letter_id_seq', 1, false);
SELECT pg_catalog.setval('public.seen_unit_seq', 6, true);
SELECT pg_catalog.setval('public.sync_log_id_seq', 11, true);
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.access_check
    ADD CONSTRAINT access_check_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (account_id, seq);
ALTER TABLE ONLY public.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (account_id, integration_id, model, partition);
ALTER TABLE ONLY public.connector_approval
    ADD CONSTRAINT connector_approval_pkey PRIMARY KEY (connector_id);
ALTER TABLE ONLY public.connector_refusal
    ADD CONSTRAINT connector_refusal_pkey PRIMARY KEY (file);
ALTER TABLE ONLY public.connector_version
    ADD CONSTRAINT connector_version_pkey PRIMARY KEY (connector_id, digest);
ALTER TABLE ONLY public.console_invitation
    ADD CONSTRAINT console_invitation_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.console_user
    ADD CONSTRAINT console_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.credential_candidate
    ADD CONSTRAINT credential_candidate_pkey PRIMARY KEY (account_id, integration_id);
ALTER TABLE ONLY public.data_access
    ADD CONSTRAINT data_access_pkey PRIMARY KEY (account_id, integration_id, model);
ALTER TABLE ONLY public.data_key
    ADD CONSTRAINT data_key_pkey PRIMARY KEY (account_id, integration_id, version);
ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (account_id, integration_id, id);
ALTER TABLE ONLY public.derived_views
    ADD CONSTRAINT derived_views_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.held_deletes
    ADD CONSTRAINT held_deletes_pkey PRIMARY KEY (account_id, integration_id, model);
ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.integration
    ADD CONSTRAINT integration_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.limiter
    ADD CONSTRAINT limiter_pkey PRIMARY KEY (scope, bucket);
ALTER TABLE ONLY public.model_state
    ADD CONSTRAINT model_state_pkey PRIMARY KEY (account_id, integration_id, model);
ALTER TABLE ONLY public.model_switch
    ADD CONSTRAINT model_switch_pkey PRIMARY KEY (account_id, integration_id, model);
ALTER TABLE ONLY public.partition_setting
    ADD CONSTRAINT partition_setting_pkey PRIMARY KEY (account_id, integration_id, property);
ALTER TABLE ONLY public.pass
    ADD CONSTRAINT pass_pkey PRIMARY KEY (account_id, run_id, model, partition);
ALTER TABLE ONLY public.record
    ADD CONSTRAINT record_account_id_model_integration_id_scope_external_id_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_applicants
    ADD CONSTRAINT record_applicants_account_id_model_integration_id_scope_ext_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_applicants
    ADD CONSTRAINT record_applicants_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_applications
    ADD CONSTRAINT record_applications_account_id_model_integration_id_scope_e_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_applications
    ADD CONSTRAINT record_applications_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_default
    ADD CONSTRAINT record_default_account_id_model_integration_id_scope_extern_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_default
    ADD CONSTRAINT record_default_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_employees
    ADD CONSTRAINT record_employees_account_id_model_integration_id_scope_exte_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_employees
    ADD CONSTRAINT record_employees_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_financial_accounts
    ADD CONSTRAINT record_financial_accounts_account_id_model_integration_id_s_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_financial_accounts
    ADD CONSTRAINT record_financial_accounts_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_lease_balances
    ADD CONSTRAINT record_lease_balances_account_id_model_integration_id_scope_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_lease_balances
    ADD CONSTRAINT record_lease_balances_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_leases
    ADD CONSTRAINT record_leases_account_id_model_integration_id_scope_externa_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_leases
    ADD CONSTRAINT record_leases_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_listings
    ADD CONSTRAINT record_listings_account_id_model_integration_id_scope_exter_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_listings
    ADD CONSTRAINT record_listings_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_original
    ADD CONSTRAINT record_original_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_owners
    ADD CONSTRAINT record_owners_account_id_model_integration_id_scope_externa_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_owners
    ADD CONSTRAINT record_owners_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_properties
    ADD CONSTRAINT record_properties_account_id_model_integration_id_scope_ext_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_properties
    ADD CONSTRAINT record_properties_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_recurring_resident_charges
    ADD CONSTRAINT record_recurring_resident_cha_account_id_model_integration__key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_recurring_resident_charges
    ADD CONSTRAINT record_recurring_resident_charges_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_resident_charges
    ADD CONSTRAINT record_resident_charges_account_id_model_integration_id_sco_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_resident_charges
    ADD CONSTRAINT record_resident_charges_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_resident_payments
    ADD CONSTRAINT record_resident_payments_account_id_model_integration_id_sc_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_resident_payments
    ADD CONSTRAINT record_resident_payments_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_residents
    ADD CONSTRAINT record_residents_account_id_model_integration_id_scope_exte_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_residents
    ADD CONSTRAINT record_residents_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_service_requests
    ADD CONSTRAINT record_service_requests_account_id_model_integration_id_sco_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_service_requests
    ADD CONSTRAINT record_service_requests_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_units
    ADD CONSTRAINT record_units_account_id_model_integration_id_scope_external_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_units
    ADD CONSTRAINT record_units_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.record_vendors
    ADD CONSTRAINT record_vendors_account_id_model_integration_id_scope_extern_key UNIQUE (account_id, model, integration_id, scope, external_id);
ALTER TABLE ONLY public.record_vendors
    ADD CONSTRAINT record_vendors_pkey PRIMARY KEY (account_id, model, id);
ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_account_id_sync_id_model_key UNIQUE (account_id, sync_id, model);
ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (account_id, integration_id, model);
ALTER TABLE ONLY public.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (account_id, integration_id, name);
ALTER TABLE ONLY public.seen
    ADD CONSTRAINT seen_pkey PRIMARY KEY (account_id, run_id, unit);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sync_log
    ADD CONSTRAINT sync_log_pkey PRIMARY KEY (account_id, integration_id, id);
ALTER TABLE ONLY public.sync
    ADD CONSTRAINT sync_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_pkey PRIMARY KEY (hash);
CREATE INDEX access_check_by_integration ON public.access_check USING btree (account_id, integration_id, created_at DESC);
CREATE UNIQUE INDEX access_check_unfinished ON public.access_check USING btree (account_id, integration_id) WHERE (status <> 'finished'::text);
CREATE INDEX api_key_changed ON public.api_key USING btree (changed_at);
CREATE UNIQUE INDEX api_key_hash ON public.api_key USING btree (hash);
CREATE INDEX audit_by_account ON public.audit USING btree (account_id, id DESC);
CREATE INDEX audit_by_subject ON public.audit USING btree (account_id, subject, id DESC);
CREATE INDEX change_feed ON public.change USING btree (account_id, xid, seq);
CREATE INDEX change_of_record ON public.change USING btree (account_id, record_id, seq) WHERE (record_id IS NOT NULL);
CREATE UNIQUE INDEX connector_version_active ON public.connector_version USING btree (connector_id) WHERE (status = 'active'::text);
CREATE UNIQUE INDEX console_user_email ON public.console_user USING btree (lower(email));
CREATE UNIQUE INDEX dead_letter_open ON public.dead_letter USING btree (account_id, integration_id, model, scope, external_id) WHERE ((resolved_at IS NULL) AND (external_id IS NOT NULL));
CREATE INDEX integration_newest ON public.integration USING btree (account_id, environment, vendor, created_at DESC, id DESC);
CREATE INDEX model_state_changed ON public.model_state USING btree (changed_at);
CREATE INDEX record_newest ON ONLY public.record USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_applicants_account_id_model_environment_created_at_i_idx ON public.record_applicants USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_property ON ONLY public.record USING btree (account_id, model, property_id);
CREATE INDEX record_applicants_account_id_model_property_id_idx ON public.record_applicants USING btree (account_id, model, property_id);
CREATE INDEX record_partition ON ONLY public.record USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_applicants_account_id_partition_idx ON public.record_applicants USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_applicants_email ON public.record_applicants USING btree (account_id, ((doc #>> '{email_1}'::text[])) COLLATE "C");
CREATE INDEX record_applicants_phone ON public.record_applicants USING btree (account_id, ((doc #>> '{phone_1}'::text[])) COLLATE "C");
CREATE INDEX record_related ON ONLY public.record USING gin (related);
CREATE INDEX record_applicants_related_idx ON public.record_applicants USING gin (related);
CREATE INDEX record_applications_account_id_model_environment_created_at_idx ON public.record_applications USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_applications_account_id_model_property_id_idx ON public.record_applications USING btree (account_id, model, property_id);
CREATE INDEX record_applications_account_id_partition_idx ON public.record_applications USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_applications_related_idx ON public.record_applications USING gin (related);
CREATE INDEX record_default_account_id_model_environment_created_at_id_idx ON public.record_default USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_default_account_id_model_property_id_idx ON public.record_default USING btree (account_id, model, property_id);
CREATE INDEX record_default_account_id_partition_idx ON public.record_default USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_default_related_idx ON public.record_default USING gin (related);
CREATE INDEX record_employees_account_id_model_environment_created_at_id_idx ON public.record_employees USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_employees_account_id_model_property_id_idx ON public.record_employees USING btree (account_id, model, property_id);
CREATE INDEX record_employees_account_id_partition_idx ON public.record_employees USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_employees_related_idx ON public.record_employees USING gin (related);
CREATE INDEX record_financial_accounts_account_id_model_environment_crea_idx ON public.record_financial_accounts USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_financial_accounts_account_id_model_property_id_idx ON public.record_financial_accounts USING btree (account_id, model, property_id);
CREATE INDEX record_financial_accounts_account_id_partition_idx ON public.record_financial_accounts USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_financial_accounts_related_idx ON public.record_financial_accounts USING gin (related);
CREATE INDEX record_lease_balances_account_id_model_environment_created__idx ON public.record_lease_balances USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_lease_balances_account_id_model_property_id_idx ON public.record_lease_balances USING btree (account_id, model, property_id);
CREATE INDEX record_lease_balances_account_id_partition_idx ON public.record_lease_balances USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_lease_balances_related_idx ON public.record_lease_balances USING gin (related);
CREATE INDEX record_leases_account_id_model_environment_created_at_id_idx ON public.record_leases USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_leases_account_id_model_property_id_idx ON public.record_leases USING btree (account_id, model, property_id);
CREATE INDEX record_leases_account_id_partition_idx ON public.record_leases USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_leases_related_idx ON public.record_leases USING gin (related);
CREATE INDEX record_leases_unit_number ON public.record_leases USING btree (account_id, ((doc #>> '{unit_number}'::text[])) COLLATE "C");
CREATE INDEX record_listings_account_id_model_environment_created_at_id_idx ON public.record_listings USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_listings_account_id_model_property_id_idx ON public.record_listings USING btree (account_id, model, property_id);
CREATE INDEX record_listings_account_id_partition_idx ON public.record_listings USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_listings_related_idx ON public.record_listings USING gin (related);
CREATE INDEX record_original_integration ON public.record_original USING btree (account_id, integration_id);
CREATE INDEX record_owners_account_id_model_environment_created_at_id_idx ON public.record_owners USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_owners_account_id_model_property_id_idx ON public.record_owners USING btree (account_id, model, property_id);
CREATE INDEX record_owners_account_id_partition_idx ON public.record_owners USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_owners_related_idx ON public.record_owners USING gin (related);
CREATE INDEX record_properties_account_id_model_environment_created_at_i_idx ON public.record_properties USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_properties_account_id_model_property_id_idx ON public.record_properties USING btree (account_id, model, property_id);
CREATE INDEX record_properties_account_id_partition_idx ON public.record_properties USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_properties_related_idx ON public.record_properties USING gin (related);
CREATE INDEX record_recurring_resident_cha_account_id_model_environment__idx ON public.record_recurring_resident_charges USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_recurring_resident_char_account_id_model_property_id_idx ON public.record_recurring_resident_charges USING btree (account_id, model, property_id);
CREATE INDEX record_recurring_resident_charges_account_id_partition_idx ON public.record_recurring_resident_charges USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_recurring_resident_charges_related_idx ON public.record_recurring_resident_charges USING gin (related);
CREATE INDEX record_resident_charges_account_id_model_environment_create_idx ON public.record_resident_charges USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_resident_charges_account_id_model_property_id_idx ON public.record_resident_charges USING btree (account_id, model, property_id);
CREATE INDEX record_resident_charges_account_id_partition_idx ON public.record_resident_charges USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_resident_charges_related_idx ON public.record_resident_charges USING gin (related);
CREATE INDEX record_resident_payments_account_id_model_environment_creat_idx ON public.record_resident_payments USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_resident_payments_account_id_model_property_id_idx ON public.record_resident_payments USING btree (account_id, model, property_id);
CREATE INDEX record_resident_payments_account_id_partition_idx ON public.record_resident_payments USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_resident_payments_related_idx ON public.record_resident_payments USING gin (related);
CREATE INDEX record_residents_account_id_model_environment_created_at_id_idx ON public.record_residents USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_residents_account_id_model_property_id_idx ON public.record_residents USING btree (account_id, model, property_id);
CREATE INDEX record_residents_account_id_partition_idx ON public.record_residents USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_residents_email ON public.record_residents USING btree (account_id, ((doc #>> '{email_1}'::text[])) COLLATE "C");
CREATE INDEX record_residents_phone ON public.record_residents USING btree (account_id, ((doc #>> '{phone_1}'::text[])) COLLATE "C");
CREATE INDEX record_residents_related_idx ON public.record_residents USING gin (related);
CREATE INDEX record_service_requests_account_id_model_environment_create_idx ON public.record_service_requests USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_service_requests_account_id_model_property_id_idx ON public.record_service_requests USING btree (account_id, model, property_id);
CREATE INDEX record_service_requests_account_id_partition_idx ON public.record_service_requests USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_service_requests_related_idx ON public.record_service_requests USING gin (related);
CREATE INDEX record_units_account_id_model_environment_created_at_id_idx ON public.record_units USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_units_account_id_model_property_id_idx ON public.record_units USING btree (account_id, model, property_id);
CREATE INDEX record_units_account_id_partition_idx ON public.record_units USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_units_number ON public.record_units USING btree (account_id, ((doc #>> '{number}'::text[])) COLLATE "C");
CREATE INDEX record_units_related_idx ON public.record_units USING gin (related);
CREATE INDEX record_vendors_account_id_model_environment_created_at_id_idx ON public.record_vendors USING btree (account_id, model, environment, created_at DESC, id);
CREATE INDEX record_vendors_account_id_model_property_id_idx ON public.record_vendors USING btree (account_id, model, property_id);
CREATE INDEX record_vendors_account_id_partition_idx ON public.record_vendors USING btree (account_id, partition) WHERE (partition <> ''::text);
CREATE INDEX record_vendors_related_idx ON public.record_vendors USING gin (related);
CREATE INDEX run_latest ON public.run USING btree (account_id, integration_id, model, created_at DESC);
CREATE INDEX run_open ON public.run USING btree (account_id, integration_id) WHERE (finished_at IS NULL);
CREATE INDEX schedule_due ON public.schedule USING btree (next_due_at) WHERE (next_due_at IS NOT NULL);
CREATE INDEX schedule_unknown ON public.schedule USING btree (account_id) WHERE ((next_due_at IS NULL) AND (kind <> 'on_demand'::text));
CREATE UNIQUE INDEX session_current ON public.session USING btree (fingerprint) WHERE (status = ANY (ARRAY['opening'::text, 'live'::text]));
CREATE INDEX session_leaving ON public.session USING btree (held_until) WHERE (status = 'leaving'::text);
CREATE INDEX session_scope ON public.session USING btree (scope, minted_at);
CREATE INDEX sync_by_integration ON public.sync USING btree (account_id, integration_id, created_at DESC);
CREATE INDEX sync_due ON public.sync USING btree (back_sync, due_at) WHERE (finished_at IS NULL);
CREATE INDEX sync_log_age ON public.sync_log USING btree (at);
CREATE INDEX sync_log_by_sync ON public.sync_log USING btree (account_id, sync_id, id);
CREATE UNIQUE INDEX sync_unfinished ON public.sync USING btree (account_id, integration_id, back_sync) WHERE (finished_at IS NULL);
CREATE INDEX web_session_by_user ON public.web_session USING btree (user_id);
CREATE INDEX web_session_expired ON public.web_session USING btree (expires_at);
ALTER INDEX public.record_newest ATTACH PARTITION public.record_applicants_account_id_model_environment_created_at_i_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_applicants_account_id_model_integration_id_scope_ext_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_applicants_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_applicants_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_applicants_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_applicants_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_applications_account_id_model_environment_created_at_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_applications_account_id_model_integration_id_scope_e_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_applications_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_applications_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_applications_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_applications_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_default_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_default_account_id_model_integration_id_scope_extern_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_default_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_default_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_default_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_default_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_employees_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_employees_account_id_model_integration_id_scope_exte_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_employees_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_employees_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_employees_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_employees_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_financial_accounts_account_id_model_environment_crea_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_financial_accounts_account_id_model_integration_id_s_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_financial_accounts_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_financial_accounts_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_financial_accounts_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_financial_accounts_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_lease_balances_account_id_model_environment_created__idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_lease_balances_account_id_model_integration_id_scope_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_lease_balances_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_lease_balances_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_lease_balances_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_lease_balances_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_leases_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_leases_account_id_model_integration_id_scope_externa_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_leases_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_leases_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_leases_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_leases_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_listings_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_listings_account_id_model_integration_id_scope_exter_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_listings_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_listings_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_listings_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_listings_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_owners_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_owners_account_id_model_integration_id_scope_externa_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_owners_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_owners_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_owners_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_owners_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_properties_account_id_model_environment_created_at_i_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_properties_account_id_model_integration_id_scope_ext_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_properties_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_properties_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_properties_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_properties_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_recurring_resident_cha_account_id_model_environment__idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_recurring_resident_cha_account_id_model_integration__key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_recurring_resident_char_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_recurring_resident_charges_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_recurring_resident_charges_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_recurring_resident_charges_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_resident_charges_account_id_model_environment_create_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_resident_charges_account_id_model_integration_id_sco_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_resident_charges_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_resident_charges_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_resident_charges_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_resident_charges_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_resident_payments_account_id_model_environment_creat_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_resident_payments_account_id_model_integration_id_sc_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_resident_payments_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_resident_payments_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_resident_payments_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_resident_payments_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_residents_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_residents_account_id_model_integration_id_scope_exte_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_residents_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_residents_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_residents_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_residents_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_service_requests_account_id_model_environment_create_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_service_requests_account_id_model_integration_id_sco_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_service_requests_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_service_requests_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_service_requests_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_service_requests_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_units_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_units_account_id_model_integration_id_scope_external_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_units_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_units_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_units_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_units_related_idx;
ALTER INDEX public.record_newest ATTACH PARTITION public.record_vendors_account_id_model_environment_created_at_id_idx;
ALTER INDEX public.record_account_id_model_integration_id_scope_external_id_key ATTACH PARTITION public.record_vendors_account_id_model_integration_id_scope_extern_key;
ALTER INDEX public.record_property ATTACH PARTITION public.record_vendors_account_id_model_property_id_idx;
ALTER INDEX public.record_partition ATTACH PARTITION public.record_vendors_account_id_partition_idx;
ALTER INDEX public.record_pkey ATTACH PARTITION public.record_vendors_pkey;
ALTER INDEX public.record_related ATTACH PARTITION public.record_vendors_related_idx;
ALTER TABLE ONLY public.access_check
    ADD CONSTRAINT access_check_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.checkpoint
    ADD CONSTRAINT checkpoint_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.console_invitation
    ADD CONSTRAINT console_invitation_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.console_user(id);
ALTER TABLE ONLY public.credential_candidate
    ADD CONSTRAINT credential_candidate_account_id_check_id_fkey FOREIGN KEY (account_id, check_id) REFERENCES public.access_check(account_id, id);
ALTER TABLE ONLY public.data_access
    ADD CONSTRAINT data_access_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.data_key
    ADD CONSTRAINT data_key_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.held_deletes
    ADD CONSTRAINT held_deletes_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.integration
    ADD CONSTRAINT integration_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.model_state
    ADD CONSTRAINT model_state_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.model_switch
    ADD CONSTRAINT model_switch_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.partition_setting
    ADD CONSTRAINT partition_setting_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_account_id_sync_id_fkey FOREIGN KEY (account_id, sync_id) REFERENCES public.sync(account_id, id);
ALTER TABLE ONLY public.schedule
    ADD CONSTRAINT schedule_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.secret
    ADD CONSTRAINT secret_account_id_integration_id_data_key_version_fkey FOREIGN KEY (account_id, integration_id, data_key_version) REFERENCES public.data_key(account_id, integration_id, version);
ALTER TABLE ONLY public.sync
    ADD CONSTRAINT sync_account_id_integration_id_fkey FOREIGN KEY (account_id, integration_id) REFERENCES public.integration(account_id, id);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.console_user(id);
