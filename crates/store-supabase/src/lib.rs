//! Recordings and transcripts in Supabase.
