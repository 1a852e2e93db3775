-- Who works on which recording: a lease with a fence for each object of `audio_files`.
--
-- The rows of `audio_files` stay as they are until a text is saved; nothing is added to them. Workers come with the
-- project's secret (`service_role`) key: no other role may read the table or call the functions. Every function takes
-- one JSON object, so that new versions of the service may say more without a new signature.

create table if not exists public.transcription_claims (
    object_key      text primary key,
    owner           text not null,
    -- Grows with each claim: whoever lost a claim has an older number.
    fence           bigint not null,
    state           text not null check (state in ('claimed', 'waiting', 'completed', 'quarantined')),
    -- All attempts, and those that count towards quarantine, since the last completion.
    attempts        integer not null,
    strikes         integer not null,
    lease_until     timestamptz not null,
    next_attempt    timestamptz not null,
    claimed_at      timestamptz not null,
    finished_at     timestamptz,
    last_error_kind text,
    last_error      text
);
create index if not exists transcription_claims_quarantined on public.transcription_claims (object_key)
    where state = 'quarantined';
create index if not exists audio_files_by_file_path on public.audio_files (file_path);
create index if not exists audio_files_pending on public.audio_files (recorded_at, device_id)
    where transcriptions_status = 'pending';
alter table public.transcription_claims enable row level security;

-- Claims objects. request: owner, lease_seconds, limit, scope ('pending', 'object' or 'again'), device_id, "from" and
-- until (for 'pending', each may be null), object_key (for the others), newest_first, max_strikes, quarantine_status.
create or replace function public.claim_transcriptions(request jsonb)
returns table (object_key text, owner text, fence bigint, attempt integer)
language plpgsql set search_path = public as $$
#variable_conflict use_column
declare
    wanted    constant integer := (request->>'limit')::integer;
    scope     constant text := request->>'scope';
    device    constant text := request->>'device_id';
    the_key   constant text := request->>'object_key';
    earliest  constant timestamptz := coalesce((request->>'from')::timestamptz, '-infinity');
    latest    constant timestamptz := coalesce((request->>'until')::timestamptz, 'infinity');
    direction constant integer := case when (request->>'newest_first')::boolean then -1 else 1 end;
    most      constant integer := (request->>'max_strikes')::integer;
    given_up  constant text := request->>'quarantine_status';
    lease     constant interval := make_interval(secs => (request->>'lease_seconds')::float8);
    candidate record;
    known     transcription_claims;
    afresh    boolean;
    tried     text[] := '{}';
    before    integer;
    granted   integer := 0;
begin
    loop
        before := cardinality(tried);
        -- Rows that another transaction holds are its candidates, not ours.
        for candidate in
            select a.file_path
            from audio_files a left join transcription_claims c on c.object_key = a.file_path
            where a.file_path <> '' and a.file_path <> all (tried)
                and (scope = 'again' or a.transcriptions_status = 'pending')
                and (scope = 'pending' or a.file_path = the_key)
                and (device is null or a.device_id::text = device)
                and a.recorded_at >= earliest and a.recorded_at < latest
                and not (c.state is not distinct from 'claimed' and c.lease_until > now())
                and not (c.state is not distinct from 'waiting' and c.next_attempt > now() and scope = 'pending')
                and not (c.state is not distinct from 'quarantined' and given_up = 'pending' and scope <> 'again')
            order by direction * extract(epoch from a.recorded_at), a.device_id
            limit wanted - granted
            for update of a skip locked
        loop
            -- Two rows may name one object: the claim itself decides.
            continue when candidate.file_path = any (tried);
            tried := tried || candidate.file_path;
            insert into transcription_claims (object_key, owner, fence, state, attempts, strikes,
                lease_until, next_attempt, claimed_at)
            values (candidate.file_path, request->>'owner', 0, 'waiting', 0, 0, now(), now(), now())
            on conflict do nothing;
            select * into known from transcription_claims c
            where c.object_key = candidate.file_path for update;
            continue when known.state = 'claimed' and known.lease_until > now();
            -- Quarantine leaves no row pending, unless it is told to: somebody set it back.
            afresh := scope = 'again' or known.state in ('completed', 'quarantined');
            if not afresh and known.state = 'claimed' and known.strikes >= most then
                update transcription_claims c
                set state = 'quarantined', finished_at = now(), last_error_kind = 'claim_lost',
                    last_error = 'the lease ran out each time; the process may have died of this recording'
                where c.object_key = candidate.file_path;
                update audio_files a set transcriptions_status = given_up
                where a.file_path = candidate.file_path and a.transcriptions_status = 'pending';
                continue;
            end if;
            update transcription_claims c
            set owner = request->>'owner', fence = known.fence + 1, state = 'claimed',
                attempts = case when afresh then 1 else known.attempts + 1 end,
                strikes = case when afresh then 1 else known.strikes + 1 end,
                lease_until = now() + lease, next_attempt = now(), claimed_at = now(), finished_at = null,
                last_error_kind = case when afresh then null else known.last_error_kind end,
                last_error = case when afresh then null else known.last_error end
            where c.object_key = candidate.file_path
            returning c.object_key, c.owner, c.fence, c.attempts into object_key, owner, fence, attempt;
            granted := granted + 1;
            return next;
        end loop;
        exit when cardinality(tried) = before or granted >= wanted;
    end loop;
end $$;

-- Each of the following answers one row with the outcome: 'done', or 'lost' where the claim is not the object's latest
-- any more. request of all: object_key, owner, fence.

-- request: lease_seconds.
create or replace function public.renew_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
begin
    update transcription_claims c
    set lease_until = now() + make_interval(secs => (request->>'lease_seconds')::float8)
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint and c.state = 'claimed';
    return query select case when found then 'done' else 'lost' end;
end $$;

-- request: device_id, date, time_block, transcription, previous (the text that must be there; null: none).
-- Also answers 'text_changed', and 'no_row' where no row names the object or none may be changed by this role.
create or replace function public.complete_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
declare
    the_state text;
    saved     text;
    written   vibe_whisper;
begin
    select c.state into the_state from transcription_claims c
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint
    for update;
    if the_state = 'completed' then
        return query select 'done';
        return;
    elsif the_state is distinct from 'claimed' then
        return query select 'lost';
        return;
    end if;
    -- The record gives the values the types that the columns have.
    written := jsonb_populate_record(null::vibe_whisper, request);
    select v.transcription into saved from vibe_whisper v
    where v.device_id = written.device_id and v.date = written.date and v.time_block = written.time_block
    for update;
    if saved is distinct from request->>'previous' then
        return query select 'text_changed';
        return;
    end if;
    update audio_files a set transcriptions_status = 'completed' where a.file_path = request->>'object_key';
    if not found then
        return query select 'no_row';
        return;
    end if;
    -- Two that find no row at once: the second waits here for the first, and finds its text.
    insert into vibe_whisper as v (device_id, date, time_block, transcription)
    values (written.device_id, written.date, written.time_block, written.transcription)
    on conflict (device_id, date, time_block) do update set transcription = excluded.transcription
    where v.transcription is not distinct from request->>'previous';
    if not found then
        raise exception 'the text of the slot changed meanwhile' using errcode = '40001';
    end if;
    update transcription_claims c
    set state = 'completed', finished_at = now(), last_error_kind = null, last_error = null
    where c.object_key = request->>'object_key';
    return query select 'done';
end $$;

-- request: kind, reason, retry_seconds, counts, max_strikes, quarantine_status. Also answers 'quarantined'.
create or replace function public.fail_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
declare
    counts    constant boolean := (request->>'counts')::boolean;
    the_state text;
begin
    update transcription_claims c
    set finished_at = now(), last_error_kind = request->>'kind', last_error = request->>'reason',
        next_attempt = now() + make_interval(secs => (request->>'retry_seconds')::float8),
        strikes = c.strikes - case when counts then 0 else 1 end,
        state = case when counts and c.strikes >= (request->>'max_strikes')::integer
            then 'quarantined' else 'waiting' end
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint and c.state = 'claimed'
    returning c.state into the_state;
    if the_state = 'quarantined' then
        update audio_files a set transcriptions_status = request->>'quarantine_status'
        where a.file_path = request->>'object_key' and a.transcriptions_status = 'pending';
    end if;
    return query select case the_state when 'quarantined' then 'quarantined' when 'waiting' then 'done' else 'lost' end;
end $$;

create or replace function public.release_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
begin
    update transcription_claims c
    set state = 'waiting', next_attempt = now(), attempts = c.attempts - 1, strikes = c.strikes - 1
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint and c.state = 'claimed';
    return query select case when found then 'done' else 'lost' end;
end $$;

-- Makes quarantined objects pending again. request: object_keys. Answers those that were.
create or replace function public.release_quarantined_transcriptions(request jsonb)
returns table (object_key text)
language plpgsql set search_path = public as $$
#variable_conflict use_column
begin
    return query
        with released as (
            update transcription_claims c
            set state = 'waiting', attempts = 0, strikes = 0, next_attempt = now()
            where c.state = 'quarantined'
                and c.object_key in (select jsonb_array_elements_text(request->'object_keys'))
            returning c.object_key
        ), put_back as (
            update audio_files a set transcriptions_status = 'pending'
            from released r
            where a.file_path = r.object_key and a.transcriptions_status <> 'completed'
        )
        select r.object_key from released r;
end $$;

-- Every device that has a row, with its latest row, its backlog and what is given up.
create or replace function public.transcription_devices()
returns table (device_id text, recordings bigint, last_recorded_at timestamptz, pending bigint,
    oldest_pending timestamptz, quarantined bigint)
language sql stable set search_path = public as $$
    select a.device_id::text, count(*), max(a.recorded_at),
        count(*) filter (where a.transcriptions_status = 'pending'),
        min(a.recorded_at) filter (where a.transcriptions_status = 'pending'),
        count(distinct a.file_path) filter (where c.state = 'quarantined')
    from audio_files a left join transcription_claims c on c.object_key = a.file_path
    group by a.device_id
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'claim_transcriptions(jsonb)', 'renew_transcription(jsonb)', 'complete_transcription(jsonb)',
        'fail_transcription(jsonb)', 'release_transcription(jsonb)', 'release_quarantined_transcriptions(jsonb)',
        'transcription_devices()'
    ] loop
        execute format('revoke all on function public.%s from public, anon, authenticated', signature);
        execute format('grant execute on function public.%s to service_role', signature);
    end loop;
end $$;
revoke all on public.transcription_claims from anon, authenticated;
grant all on public.transcription_claims to service_role;

-- PostgREST reads its schema again.
notify pgrst, 'reload schema';
