{% set direction %}
    case upper(property_hs_email_direction) when 'INCOMING_EMAIL' then 'inbound' else 'outbound' end
{% endset %}
{% set call_outcome %}
    case lower(property_hs_call_disposition)
        {% for id, outcome in hubspot_call_outcomes().items() %}
        when '{{ id }}' then '{{ outcome }}'
        {% endfor %}
        else property_hs_call_disposition
    end
{% endset %}
{% set meeting_outcome %}
    case upper(property_hs_meeting_outcome)
        when 'SCHEDULED' then 'booked'
        when 'COMPLETED' then 'held'
        when 'CANCELED' then 'cancelled'
        else lower(property_hs_meeting_outcome)
    end
{% endset %}
{% set task_outcome %}
    case upper(property_hs_task_status) when 'COMPLETED' then 'done' else lower(property_hs_task_status) end
{% endset %}
{% set kinds = {
    'call': {
        'direction': 'lower(property_hs_call_direction)', 'outcome': call_outcome, 'occurred_at': 'at_the_time',
    },
    'email': {
        'direction': direction, 'occurred_at': 'at_the_time',
        'outcome': "case when upper(property_hs_email_direction) = 'INCOMING_EMAIL' then 'received' else lower(property_hs_email_status) end",
    },
    'meeting': {'outcome': 'outcome', 'occurred_at': 'moment'},
    'task': {'outcome': task_outcome, 'occurred_at': 'coalesce(property_hs_task_completion_date, at_the_time)'},
    'note': {'occurred_at': 'at_the_time'},
} %}
{% set reasons = {
    'task': "when upper(property_hs_task_status) <> 'COMPLETED' then 'not_done'", 'note': "else 'note'",
} %}

with

-- An engagement with several contacts is an activity with each; the first has its id.
contacts as (

    select
        engagement_id,
        contact_id,
        row_number() over (partition by engagement_id order by length(contact_id), contact_id) as contact_rank
    from {{ ref('base_hubspot__engagement_contact') }}
    where contact_id is not null
    group by engagement_id, contact_id

),

engagements as (

    select
        id,
        min(owner_id) as owner_id,
        min(timestamp) as occurred_at,
        min(created_at) as created_at
    from {{ ref('base_hubspot__engagement') }}
    group by id

),

{% for kind in kinds %}
{{ kind }}s as (

    select
        details.*,
        contacts.contact_id,
        contacts.contact_rank,
        coalesce(details.property_hubspot_owner_id, engagements.owner_id) as owner_id,
        coalesce(details.property_hs_timestamp, engagements.occurred_at) as at_the_time,
        engagements.created_at as entered_at
    from {{ ref('base_hubspot__engagement_' ~ kind) }} as details
    left join contacts on details.engagement_id = contacts.engagement_id
    left join engagements on details.engagement_id = engagements.id

),

{% endfor %}
timed_meetings as (

    select
        meetings.*,
        {{ meeting_outcome }} as last_outcome,
        coalesce(property_hs_createdate, entered_at) as booked_at,
        coalesce(property_hs_meeting_start_time, at_the_time) as starts_at
    from meetings

),

-- What was booked ahead is two activities: the booking, and what came of it. The first shall not vanish with the second.
meeting_moments as (

    select
        timed_meetings.*,
        '' as part,
        case
            when last_outcome = 'booked' then coalesce(booked_at, starts_at)
            -- A meeting is cancelled or moved before it would have begun.
            when property_hs_lastmodifieddate < starts_at then property_hs_lastmodifieddate
            else starts_at
        end as moment,
        last_outcome as outcome
    from timed_meetings
    where last_outcome is not null or coalesce(starts_at <= booked_at, true)
    union all
    select
        timed_meetings.*,
        case when last_outcome is null then '' else ':booked' end as part,
        booked_at as moment,
        'booked' as outcome
    from timed_meetings
    where starts_at > booked_at and coalesce(last_outcome, '') <> 'booked'

)

{% for kind, values in kinds.items() %}
{% set rows = 'meeting_moments' if kind == 'meeting' else kind ~ 's' %}
{% set part = ' || part' if kind == 'meeting' else '' %}
{{ contract_rows('sales_activities', 'hubspot', rows, dict({
    'sales_activity_id': "engagement_id || case when contact_rank > 1 then ':' || contact_id else '' end" ~ part,
    'lead_source_id': 'contact_id', 'owner_id': 'owner_id', 'kind': "'" ~ kind ~ "'",
}, **values), unused="case when _fivetran_deleted then 'deleted_in_source' " ~ reasons.get(kind, '') ~ ' end') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
