-- For the PostgREST-compatible test server only: it compares timestamptz and date columns with untyped text in PATCH filters.
do $$
declare
    kind text;
    operator text;
begin
    foreach kind in array array['timestamptz', 'date'] loop
        foreach operator in array array['=', '<', '>', '<=', '>=', '<>'] loop
            execute format('create function public.shim_%s_%s(a %s, b text) returns boolean language sql stable as $f$ select a %s b::%s $f$',
                kind, md5(operator), kind, operator, kind);
            execute format('create operator public.%s (leftarg = %s, rightarg = text, function = public.shim_%s_%s)',
                operator, kind, kind, md5(operator));
        end loop;
    end loop;
end $$;
