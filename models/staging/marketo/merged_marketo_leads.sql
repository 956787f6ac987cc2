{{ config(enabled=is_switched_on('marketo')) }}

-- Two tables tell of merges: the pairs that the connector keeps, and the activities, whose lists it may have read before the
-- lead that stayed was itself merged.
with recursive

listed as (

    select
        lead_id as into_lead,
        activity_date as merged_at,
        replace(replace(replace(replace(merge_ids, '[', ''), ']', ''), '"', ''), ' ', '') as all_ids
    from {{ ref('base_marketo__activity_merge_leads') }}
    where merge_ids is not null

),

separated as (

    select
        into_lead,
        merged_at,
        all_ids,
        1 as place,
        split_part(all_ids, ',', 1) as merged_lead
    from listed
    union all
    select
        into_lead,
        merged_at,
        all_ids,
        place + 1 as place,
        split_part(all_ids, ',', place + 1) as merged_lead
    from separated
    where place <= length(all_ids) - length(replace(all_ids, ',', ''))

),

claims as (

    select
        merged_lead,
        into_lead,
        merged_at
    from separated
    {{ union_distinct() }}
    select
        merged_lead,
        into_lead,
        merge_date as merged_at
    from {{ ref('base_marketo__merged_lead') }}

),

deletions as (

    select distinct lead_id
    from {{ ref('base_marketo__activity_delete_lead') }}

),

records as (

    select
        leads.id,
        min(leads.created_at) as created_at,
        max(case when leads._fivetran_deleted or deletions.lead_id is not null then 1 else 0 end) as deleted
    from {{ ref('base_marketo__lead') }} as leads
    left join deletions on leads.id = deletions.lead_id
    where leads.id is not null
    group by leads.id

),

-- Of several leads that claim one, each on the way to the last, the one that is left.
ranked as (

    select
        claims.merged_lead,
        claims.into_lead,
        claims.merged_at,
        row_number() over (
            partition by claims.merged_lead
            order by
                case when records.deleted = 0 then 0 else 1 end asc,
                claims.merged_at desc nulls last,
                length(claims.into_lead) asc,
                claims.into_lead asc
        ) as claim_rank
    from claims
    left join records on claims.into_lead = records.id
    where claims.merged_lead <> '' and claims.merged_lead <> claims.into_lead

),

direct as (

    select *
    from ranked
    where claim_rank = 1

),

-- Over any number of merges.
{{ all_reached(
    'paths', columns=['merged_lead', 'reached_lead'], start='select merged_lead, into_lead as reached_lead from direct',
    links='inner join direct on paths.reached_lead = direct.merged_lead', next=['paths.merged_lead', 'direct.into_lead']
) }},

-- The end of each path; a circle has none.
survivors as (

    select
        paths.merged_lead,
        min(paths.reached_lead) as survivor_lead
    from paths
    left join direct on paths.reached_lead = direct.merged_lead
    where direct.merged_lead is null
    group by paths.merged_lead

)

select
    direct.merged_lead,
    direct.into_lead,
    survivors.survivor_lead,
    coalesce(records.deleted, 0) = 1 as is_survivor_deleted,
    direct.merged_at,
    records.created_at as survivor_created_at
from direct
left join survivors on direct.merged_lead = survivors.merged_lead
left join records on survivors.survivor_lead = records.id
