{{ config(enabled=is_switched_on('hubspot')) }}

-- A contact that was merged may be marked as deleted, or gone: what was written under its id is the survivor's.
{% set contacts = ref('base_hubspot__contact') %}

with recursive

{{ split_values('listed_ids', contacts, 'id', 'property_hs_merged_object_ids') }},

{{ split_values('timed_ids', contacts, 'id', 'property_hs_calculated_merged_vids') }},

remaining as (

    select
        id,
        min(property_createdate) as created_at
    from {{ contacts }}
    group by id
    having max(case when _fivetran_deleted then 1 else 0 end) = 0

),

claims as (

    select
        part as merged_id,
        owner_id as survivor_id
    from listed_ids
    {{ union_distinct() }}
    select
        split_part(part, ':', 1) as merged_id,
        owner_id as survivor_id
    from timed_ids
    {{ union_distinct() }}
    select
        vid_to_merge as merged_id,
        canonical_vid as survivor_id
    from {{ ref('base_hubspot__contact_merge_audit') }}

),

-- Several contacts may claim an id, each on the way to the last one.
ranked as (

    select
        claims.merged_id,
        claims.survivor_id,
        row_number() over (
            partition by claims.merged_id
            order by
                case when remaining.id is null then 1 else 0 end, length(claims.survivor_id), claims.survivor_id
        ) as survivor_rank
    from claims
    left join remaining on claims.survivor_id = remaining.id
    where claims.merged_id <> '' and claims.merged_id <> claims.survivor_id

),

-- Whoever an id leads to, over any number of merges.
{{ all_reached(
    'paths', columns=['merged_id', 'reached_id'],
    start='select merged_id, survivor_id as reached_id from ranked where survivor_rank = 1',
    links='inner join ranked on paths.reached_id = ranked.merged_id and ranked.survivor_rank = 1',
    next=['paths.merged_id', 'ranked.survivor_id']
) }}

select
    ranked.merged_id,
    ranked.survivor_id,
    min(remaining.created_at) as created_at
from ranked
inner join paths on ranked.merged_id = paths.merged_id
-- A merge into nobody is none: a deleted contact of that kind is deleted.
inner join remaining on paths.reached_id = remaining.id
where ranked.survivor_rank = 1
group by ranked.merged_id, ranked.survivor_id
