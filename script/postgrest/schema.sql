-- The two tables as they stand in production since August 2025, with Supabase's roles and row-level security.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit password 'authpw';
grant anon, authenticated, service_role to authenticator;
alter role authenticator set statement_timeout = '10s';

create table public.audio_files (
    device_id text not null,
    recorded_at timestamptz not null,
    file_path text not null,
    transcriptions_status text not null default 'pending',
    behavior_features_status text not null default 'pending',
    emotion_features_status text not null default 'pending',
    created_at timestamptz default now(),
    local_date date,
    time_block varchar(5),
    primary key (device_id, recorded_at)
);
create table public.vibe_whisper (
    device_id text not null,
    date date not null,
    time_block text not null check (time_block ~ '^[0-2][0-9]-[0-5][0-9]$'),
    transcription text,
    status text default 'pending',
    created_at timestamptz default now(),
    primary key (device_id, date, time_block)
);
alter table public.audio_files enable row level security;
alter table public.vibe_whisper enable row level security;
grant usage on schema public to anon, authenticated, service_role;
grant all on public.audio_files, public.vibe_whisper to anon, authenticated, service_role;
