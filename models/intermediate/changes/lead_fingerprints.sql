-- What is known of each lead: every row of which its activities, score and stages are made.
with

facts as (

    select
        lead_id,
        {{ row_fingerprint(
            ["'lead'"] + lead_text_attributes() + lead_number_attributes()
            + ['has_opted_out', 'count_crm_records', 'created_at', 'updated_at']
        ) }} as fingerprint
    from {{ ref('resolved_leads') }}
    union all
    select
        lead_id,
        {{ row_fingerprint([
            "'account'", 'name', 'domain', 'industry', 'employee_count', 'annual_revenue', 'country'
        ]) }} as fingerprint
    from {{ ref('lead_accounts') }}
    union all
    select
        lead_nodes.lead_id,
        {{ row_fingerprint([
            "'attribute'", 'attributes.lead_source_id', 'attributes.attribute', 'attributes.value', 'attributes.recorded_at'
        ]) }} as fingerprint
    from {{ ref('conformed_lead_attributes') }} as attributes
    inner join {{ ref('lead_nodes') }} as lead_nodes
        on 'record:' || attributes.source_system || ':' || attributes.lead_source_id = lead_nodes.node
    union all
    select
        adjustments.lead_id,
        {{ row_fingerprint([
            "'adjustment'", 'adjustments.group_id', 'adjustments.points', 'adjustments.recorded_at', 'adjustments.expires_at'
        ]) }} as fingerprint
    from {{ ref('lead_adjustments') }} as adjustments
    union all
    select
        lead_id,
        {{ row_fingerprint(["'recycled'", 'recycled_at']) }} as fingerprint
    from {{ ref('cycle_recycles') }}
    union all
    select
        lead_id,
        {{ row_fingerprint([
            "'web'", 'source_system', 'event_id', 'activity_type', 'session_id', 'content_name', 'occurred_at', 'known_at'
        ]) }} as fingerprint
    from {{ ref('web_activities') }}
    union all
    select
        lead_id,
        {{ row_fingerprint([
            "'session'", 'session_id', 'engaged_seconds', 'pricing_engaged_seconds', 'started_at', 'ended_at', 'known_at'
        ]) }} as fingerprint
    from {{ ref('visitor_sessions') }}
    where lead_id is not null
    union all
    select
        lead_id,
        fingerprint
    from {{ ref('message_addressees') }}
    union all
    select
        lead_id,
        {{ row_fingerprint(["'sales'", 'source_system', 'sales_activity_id', 'kind_outcome', 'occurred_at']) }}
            as fingerprint
    from {{ ref('lead_sales_activities') }}
    union all
    select
        lead_id,
        {{ row_fingerprint([
            "'response'", 'source_system', 'response_id', 'campaign_source_id', 'campaign_name', 'kind_response',
            'occurred_at'
        ]) }} as fingerprint
    from {{ ref('lead_campaign_responses') }}

)

select
    lead_id,
    {{ sum_of_fingerprints('fingerprint') }} as fingerprint
from facts
group by lead_id
