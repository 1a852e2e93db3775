-- What transcribing each recording took, beside what was heard in it. Apply it after the ledger; it changes no row.

-- In seconds; none where that was not measured, as in every entry from before.
alter table public.transcription_ledger add column if not exists work_seconds float8;
alter table public.transcription_ledger add column if not exists cpu_seconds float8;
-- For the costs of a month.
create index if not exists transcription_ledger_by_date on public.transcription_ledger (date);

-- As before, with the two columns. A service of before sends neither, and its entries have none.
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
        doubted_seconds = excluded.doubted_seconds, segments = excluded.segments,
        work_seconds = excluded.work_seconds, cpu_seconds = excluded.cpu_seconds;
    return query select 'recorded';
end $$;
revoke all on function public.keep_transcription(jsonb) from public, anon, authenticated;
grant execute on function public.keep_transcription(jsonb) to service_role;

-- PostgREST reads its schema again.
notify pgrst, 'reload schema';
