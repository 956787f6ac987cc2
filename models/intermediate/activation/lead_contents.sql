-- Which contents of the types that nurture rules suggest each lead has seen.
with

seen as (

    select
        lead_id,
        activity_type,
        {{ without_addresses('content_name') }} as content_name,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from {{ ref('lead_activities') }}
    where activity_type in (select activity_type from {{ ref('nurture_contents') }})
    group by lead_id, activity_type, {{ without_addresses('content_name') }}

),

contents as (

    select distinct
        activity_type,
        content_name
    from seen

),

-- Each distinct content is compared with the patterns once.
kinds as (

    select distinct
        contents.activity_type,
        contents.content_name,
        types.content_type
    from contents
    inner join {{ ref('nurture_contents') }} as types
        on
            contents.activity_type = types.activity_type
            and (
                types.pattern is null
                or {{ matches('types.match', 'lower(contents.content_name)', 'lower(types.pattern)') }}
            )

)

select
    seen.lead_id,
    kinds.content_type,
    seen.content_name,
    min(seen.first_seen_at) as first_seen_at,
    max(seen.last_seen_at) as last_seen_at
from seen
inner join kinds
    on
        seen.activity_type = kinds.activity_type
        and coalesce(seen.content_name, '') = coalesce(kinds.content_name, '')
group by seen.lead_id, kinds.content_type, seen.content_name
