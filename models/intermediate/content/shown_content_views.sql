{{ config(materialized='view') }}

-- What only a few leads saw may name one of them, in a file name for instance, and tells nothing: one row for all of it.
with

names as (

    select distinct
        content_number,
        content_name,
        activity_type
    from {{ ref('contents') }}

),

counted as (

    select
        content_number,
        count(*) as count_leads
    from {{ ref('content_views') }}
    group by content_number

),

shown as (

    select
        names.content_number,
        names.activity_type,
        case
            when counted.count_leads >= {{ var('content_min_leads') }} and names.content_name <> '(other)'
                then names.content_name
        end as content_name
    from names
    inner join counted on names.content_number = counted.content_number

)

select
    shown.content_name,
    shown.activity_type,
    views.*
from {{ ref('content_views') }} as views
inner join shown on views.content_number = shown.content_number
where shown.content_name is not null
union all
select
    '(other)' as content_name,
    shown.activity_type,
    views.lead_id,
    cast(null as bigint) as content_number,
    sum(views.count_activities) as count_activities,
    max(views.count_new_leads) as count_new_leads,
    {% for stage in ['mql', 'sql', 'customer'] %}
    max(views.count_{{ stage }}s_before) as count_{{ stage }}s_before,
    max(views.count_{{ stage }}_candidates) as count_{{ stage }}_candidates,
    max(views.count_later_{{ stage }}s) as count_later_{{ stage }}s,
    {% endfor %}
    min(views.first_activity_at) as first_activity_at,
    max(views.last_activity_at) as last_activity_at
from {{ ref('content_views') }} as views
inner join shown on views.content_number = shown.content_number
where shown.content_name is null
group by shown.activity_type, views.lead_id
