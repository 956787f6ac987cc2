{% set response_dates = salesforce_response_dates() %}
{% set member = {'campaign_source_id': 'campaign_id', 'lead_source_id': 'coalesce(contact_id, lead_id)'} %}
{% set dated = [] %}
{% for response in response_dates %}
{% do dated.append("when '" ~ response | replace("'", "''") ~ "' then response_" ~ loop.index ~ '_at') %}
{% endfor %}
{% set dated_at = 'case lower(status) ' ~ dated | join(' ') ~ ' end' if dated else 'cast(null as timestamp)' %}

with

members as (

    select
        members.*,
        {% for field in response_dates.values() %}
        {{ read_as(field, 'timestamp', 'VARCHAR', counts_milliseconds=true) }} as response_{{ loop.index }}_at,
        {% endfor %}
        -- The day of the response is known, and its time where the member was last changed, or made, on that day.
        case
            when first_responded_date is null then created_date
            when cast(last_modified_date as date) = first_responded_date then last_modified_date
            when cast(created_date as date) = first_responded_date then created_date
            else cast(first_responded_date as timestamp)
        end as responded_at
    from {{ ref('base_salesforce__campaign_member') }} as members

)

{{ contract_rows('campaign_responses', 'salesforce', 'members', dict(
    member, response='status', occurred_at='coalesce(' ~ dated_at ~ ', responded_at)'
), unused='coalesce(' ~ salesforce_unused()
    ~ ', case when not coalesce(has_responded, first_responded_date is not null) and ' ~ dated_at
    ~ " is null then 'not_responded' end)") }}
{% for response in response_dates %}
{% set moment = 'response_' ~ loop.index ~ '_at' %}
{% set literal = "'" ~ response | replace("'", "''") ~ "'" %}
union all
{{ contract_rows(
    'campaign_responses', 'salesforce',
    '(select * from members where ' ~ moment ~ " is not null and coalesce(lower(status), '') <> " ~ literal
        ~ ') as dated_members',
    dict(member, response=literal, occurred_at=moment), unused=salesforce_unused(), count_unreadable='0'
) }}
{% endfor %}
