-- Blames a recording for a process that died only where the work on it had started: what a process merely held, such as a
-- recording that it had fetched ahead, is taken over without a strike. Apply it after the claims; it changes no row.

-- Whether the work has started since the latest claim. Of claims from before nothing is known; they count as they did.
alter table public.transcription_claims add column if not exists started boolean not null default true;

-- As before. request may also have marks_start: whether the service says when the work starts, by renew_transcription. An
-- older service does not, and its claims count from the beginning.
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
    -- Whether the service says when the work starts; an older one does not.
    marks     constant boolean := coalesce((request->>'marks_start')::boolean, false);
    candidate record;
    known     transcription_claims;
    afresh    boolean;
    -- The attempt before counts, unless its lease ran out before the work started.
    blamed    boolean;
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
            blamed := known.state <> 'claimed' or known.started;
            if not afresh and blamed and known.state = 'claimed' and known.strikes >= most then
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
                strikes = case when afresh then 1 when blamed then known.strikes + 1 else known.strikes end,
                started = not marks,
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

-- As before. request may also have started: whether the work starts now.
create or replace function public.renew_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
begin
    update transcription_claims c
    set lease_until = now() + make_interval(secs => (request->>'lease_seconds')::float8),
        started = c.started or coalesce((request->>'started')::boolean, false)
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint and c.state = 'claimed';
    return query select case when found then 'done' else 'lost' end;
end $$;

do $$
declare
    signature text;
begin
    foreach signature in array array['claim_transcriptions(jsonb)', 'renew_transcription(jsonb)'] loop
        execute format('revoke all on function public.%s from public, anon, authenticated', signature);
        execute format('grant execute on function public.%s to service_role', signature);
    end loop;
end $$;

-- PostgREST reads its schema again.
notify pgrst, 'reload schema';
