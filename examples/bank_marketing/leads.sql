-- One row per call, in the order of the file, which is the order of the calls. The source has months, no dates: a year ends where
-- the month falls back, and the calls of a month are spread evenly over it.
with

calls as (

    select
        row_number() over () as call_number,
        job,
        month as month_name,
        month(strptime('1 ' || month || ' 2000', '%-d %b %Y')) as month_number
    from read_csv('bank-additional-full.csv.gz', delim = ';', header = true, all_varchar = true, parallel = false)

),

with_turns as (

    select
        *,
        case when month_number < lag(month_number) over (order by call_number) then 1 else 0 end as is_new_year
    from calls

),

with_years as (

    select
        *,
        2008 + sum(is_new_year) over (order by call_number) as call_year
    from with_turns

),

placed as (

    select
        *,
        make_date(cast(call_year as bigint), month_number, 1) as month_start,
        row_number() over (partition by call_year, month_number order by call_number) - 1 as place,
        count(*) over (partition by call_year, month_number) as count_calls
    from with_years

)

select
    'call-' || lpad(cast(call_number as varchar), 5, '0') as lead_source_id,
    job as job_title,
    cast(month_start as timestamp) + to_seconds(
        date_diff('second', month_start, month_start + interval 1 month) * place // count_calls
    ) as created_at,
from placed
order by call_number
