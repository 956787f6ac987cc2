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
    'meeting': {'direction': 'null', 'outcome': 'outcome', 'occurred_at': 'moment'},
    'task': {
        'direction': 'null', 'outcome': task_outcome,
        'occurred_at': 'coalesce(property_hs_task_completion_date, at_the_time)',
    },
    'note': {'direction': 'null', 'outcome': 'null', 'occurred_at': 'at_the_time'},
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
        coalesce(property_hs_meeting_start_time, at_the_time) as starts_at,
        coalesce(
            coalesce(property_hs_meeting_start_time, at_the_time) > coalesce(property_hs_createdate, entered_at), false
        ) as is_booked_ahead
    from meetings

),

parts as (

    select ':booked' as part
    union all
    select '' as part

),

-- What was booked ahead is two activities: the booking, which shall not vanish with what follows, and what came of it.
meeting_moments as (

    select
        timed_meetings.*,
        parts.part,
        case when parts.part = '' then timed_meetings.last_outcome else 'booked' end as outcome,
        case
            when parts.part <> '' then coalesce(timed_meetings.booked_at, timed_meetings.starts_at)
            -- A meeting is cancelled or moved before it would have begun.
            when timed_meetings.property_hs_lastmodifieddate < timed_meetings.starts_at
                then timed_meetings.property_hs_lastmodifieddate
            else timed_meetings.starts_at
        end as moment
    from timed_meetings
    cross join parts
    where
        case
            when parts.part <> '' then timed_meetings.is_booked_ahead or coalesce(timed_meetings.last_outcome, '') = 'booked'
            when timed_meetings.last_outcome is null then not timed_meetings.is_booked_ahead
            else timed_meetings.last_outcome <> 'booked'
        end

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
