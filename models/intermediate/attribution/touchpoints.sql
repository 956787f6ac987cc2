{% set columns = ['touch_id', 'lead_id', 'channel', 'campaign', 'content', 'touched_at', 'known_at'] %}

with

observed as (

    select {{ columns | join(', ') }} from {{ ref('session_touchpoints') }}
    where lead_id is not null
    union all
    select {{ columns | join(', ') }} from {{ ref('response_touchpoints') }}
    union all
    select {{ columns | join(', ') }} from {{ ref('message_touchpoints') }}

),

-- Something brought every lead: where nothing was seen, the CRM's word for it stands.
origins as (

    select
        {{ hash_of(["'origin'", 'leads.lead_id']) }} as touch_id,
        leads.lead_id,
        coalesce(lead_sources.channel, acquisitions.acquisition_channel) as channel,
        '(none)' as campaign,
        '(none)' as content,
        leads.created_at as touched_at,
        leads.created_at as known_at
    from {{ ref('resolved_leads') }} as leads
    inner join {{ ref('lead_acquisitions') }} as acquisitions on leads.lead_id = acquisitions.lead_id
    left join {{ ref('lead_source_channels') }} as lead_sources
        on lower(trim(leads.lead_source)) = lower(trim(lead_sources.lead_source))
    where
        not exists (
            select 1
            from observed
            where
                leads.lead_id = observed.lead_id
                and leads.created_at >= observed.touched_at
        )

)

select * from observed
union all
select * from origins
