-- How many leads became an MQL, an SQL and a customer in each month that is over, months with none included?
with

months as (

    select distinct calendar_month
    from {{ ref('calendar') }}
    where is_month_over

),

entries as (

    {% for stage in ['mql', 'sql', 'customer'] %}
    select
        {{ month_of(stage ~ '_at') }} as calendar_month,
        '{{ stage }}' as stage
    from {{ ref('lead_stages') }}
    where is_{{ stage }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    months.calendar_month,
    {% for stage in ['mql', 'sql', 'customer'] %}
    sum(case when entries.stage = '{{ stage }}' then 1 else 0 end) as count_new_{{ stage_plural(stage) }},
    {% endfor %}
    count(entries.stage) as count_entries
from months
left join entries on months.calendar_month = entries.calendar_month
group by months.calendar_month
order by months.calendar_month
