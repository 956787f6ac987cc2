-- One row per session. The source has months without days or order; they are put into one year, and sessions of a month are spread
-- evenly over it.
with

sessions as (

    select
        row_number() over () as session_number,
        visitortype as visitor_type,
        month(strptime('1 ' || left(month, 3) || ' 2000', '%-d %b %Y')) as month_number
    from read_csv('online_shoppers_intention.csv', header = true, all_varchar = true, parallel = false)

),

placed as (

    select
        *,
        make_date(2023, month_number, 1) as month_start,
        row_number() over (partition by month_number order by session_number) - 1 as place,
        count(*) over (partition by month_number) as count_sessions
    from sessions

)

select
    'session-' || lpad(cast(session_number as varchar), 5, '0') as lead_source_id,
    visitor_type as lead_source,
    cast(month_start as timestamp) + to_seconds(
        date_diff('second', month_start, month_start + interval 1 month) * place // count_sessions
    ) as created_at,
from placed
order by session_number
