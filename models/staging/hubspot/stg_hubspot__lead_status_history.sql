{% set history, why = ref('base_hubspot__contact_property_history'), var('hubspot_status_reason_property') | lower %}
{% set states, tracked = hubspot_status_properties(), hubspot_tracked_properties().keys() | list %}

with

-- Saved together with the status, and so at the same moment.
reasons as (

    select
        contact_id,
        timestamp as changed_at,
        min(value) as reason
    from {{ history }}
    where lower(name) = '{{ why }}' and value is not null
    group by contact_id, timestamp

),

changes as (

    select
        history.*,
        lower(history.name) as property,
        reasons.reason
    from {{ history }} as history
    left join reasons on history.contact_id = reasons.contact_id and history.timestamp = reasons.changed_at

)

{% set unused %}
    case
        when property in ({{ text_list(states) }}) then case when value is null then 'emptied' end
        when property = '{{ why }}' or property in ({{ text_list(tracked) }}) then 'not_a_status_change'
        else 'not_tracked'
    end
{% endset %}

{{ contract_rows('lead_status_history', 'hubspot', 'changes', {
    'lead_source_id': 'contact_id', 'status': 'value', 'changed_at': 'timestamp', 'reason': 'reason',
    'changed_by': 'coalesce(source_id, source)',
}, unused=unused) }}
