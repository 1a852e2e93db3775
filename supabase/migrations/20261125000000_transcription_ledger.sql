-- What was heard in each recording, and what of it was left out: scores, times and reasons beside the text.
--
-- A row for each object, replaced when its recording is done again. It holds what was said: as with the claims, no role but
-- `service_role` may read the table or call the functions. `audio_files` and `vibe_whisper` stay as they are.

create table if not exists public.transcription_ledger (
    object_key      text primary key,
    device_id       text not null,
    date            date not null,
    time_block      text not null,
    model           text not null,
    -- As it was heard; none where nobody spoke.
    language        text,
    transcribed_at  timestamptz not null,
    audio_seconds   float8 not null,
    speech_seconds  float8 not null,
    -- Of full scale 1.
    peak            float8 not null,
    loudest_second  float8 not null,
    voiced_seconds  float8 not null,
    doubted_seconds float8 not null,
    -- In their order, each with start, end (seconds), text, confidence, no_speech, and reason where it is not in the text.
    segments        jsonb not null
);
create index if not exists transcription_ledger_by_slot on public.transcription_ledger (device_id, date, time_block);
alter table public.transcription_ledger enable row level security;

-- Keeps an entry in the place of the one before. request: the columns of the table without transcribed_at.
create or replace function public.keep_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
declare
    entry transcription_ledger;
begin
    entry := jsonb_populate_record(null::transcription_ledger, request);
    entry.transcribed_at := clock_timestamp();
    insert into transcription_ledger values (entry.*)
    on conflict (object_key) do update set
        device_id = excluded.device_id, date = excluded.date, time_block = excluded.time_block,
        model = excluded.model, language = excluded.language, transcribed_at = excluded.transcribed_at,
        audio_seconds = excluded.audio_seconds, speech_seconds = excluded.speech_seconds, peak = excluded.peak,
        loudest_second = excluded.loudest_second, voiced_seconds = excluded.voiced_seconds,
        doubted_seconds = excluded.doubted_seconds, segments = excluded.segments;
    return query select 'recorded';
end $$;

-- As before, and keeps `ledger` in the same transaction, the request of keep_transcription. With one it answers 'recorded'
-- instead of 'done': a service learns by it whether the project keeps a ledger, and an older one never sends any.
create or replace function public.complete_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
declare
    has_entry constant boolean := jsonb_typeof(request->'ledger') is not distinct from 'object';
    done      constant text := case when has_entry then 'recorded' else 'done' end;
    the_state text;
    saved     text;
    written   vibe_whisper;
begin
    select c.state into the_state from transcription_claims c
    where c.object_key = request->>'object_key' and c.owner = request->>'owner'
        and c.fence = (request->>'fence')::bigint
    for update;
    if the_state = 'completed' then
        return query select done;
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
    if has_entry then
        perform keep_transcription(request->'ledger');
    end if;
    update transcription_claims c
    set state = 'completed', finished_at = now(), last_error_kind = null, last_error = null
    where c.object_key = request->>'object_key';
    return query select done;
end $$;

-- Changes the text of a slot and the segments of its recordings, all of it or nothing. request: device_id, date, time_block,
-- transcription, previous (the text that must be there; null: none), entries (object_key, transcribed_at, which must be
-- there too, segments). Answers 'done' or 'changed'.
create or replace function public.revise_transcription(request jsonb)
returns table (outcome text)
language plpgsql set search_path = public as $$
declare
    entry   jsonb;
    saved   text;
    written vibe_whisper;
begin
    written := jsonb_populate_record(null::vibe_whisper, request);
    select v.transcription into saved from vibe_whisper v
    where v.device_id = written.device_id and v.date = written.date and v.time_block = written.time_block
    for update;
    if saved is distinct from request->>'previous' then
        return query select 'changed';
        return;
    end if;
    for entry in select jsonb_array_elements(request->'entries') loop
        perform 1 from transcription_ledger l
        where l.object_key = entry->>'object_key' and l.transcribed_at = (entry->>'transcribed_at')::timestamptz
        for update;
        if not found then
            return query select 'changed';
            return;
        end if;
    end loop;
    update transcription_ledger l set segments = e->'segments'
    from jsonb_array_elements(request->'entries') e where l.object_key = e->>'object_key';
    insert into vibe_whisper as v (device_id, date, time_block, transcription)
    values (written.device_id, written.date, written.time_block, written.transcription)
    on conflict (device_id, date, time_block) do update set transcription = excluded.transcription
    where v.transcription is not distinct from request->>'previous';
    if not found then
        raise exception 'the text of the slot changed meanwhile' using errcode = '40001';
    end if;
    return query select 'done';
end $$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'keep_transcription(jsonb)', 'complete_transcription(jsonb)', 'revise_transcription(jsonb)'
    ] loop
        execute format('revoke all on function public.%s from public, anon, authenticated', signature);
        execute format('grant execute on function public.%s to service_role', signature);
    end loop;
end $$;
revoke all on public.transcription_ledger from anon, authenticated;
grant all on public.transcription_ledger to service_role;

-- PostgREST reads its schema again.
notify pgrst, 'reload schema';
