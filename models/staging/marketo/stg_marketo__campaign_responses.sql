{% set changes = ref('base_marketo__activity_change_status_in_progression') %}
{% set silent = text_list(marketo_silent_statuses()) %}

with

recorded as (

    select distinct
        lead_id,
        primary_attribute_value_id as program_id,
        lower(trim(new_status)) as status
    from {{ changes }}

),

-- What a member's present status tells beyond the activities, which Marketo keeps for a limited time.
members as (

    select
        members.*,
        coalesce(
            case when members.reached_success then members.reached_success_date end, members.membership_date
        ) as responded_at,
        recorded.lead_id is not null as is_recorded
    from {{ ref('base_marketo__program_membership') }} as members
    left join recorded
        on
            members.id = recorded.lead_id
            and members.program_id = recorded.program_id
            and lower(trim(members.progression_status)) = recorded.status

)

{{ contract_rows('campaign_responses', 'marketo', changes, {
    'campaign_source_id': 'primary_attribute_value_id', 'lead_source_id': 'lead_id',
    'response': marketo_response('new_status'), 'occurred_at': 'activity_date',
}, unused="case when lower(trim(new_status)) in (" ~ silent ~ ") then 'not_responded' end") }}
union all
{{ contract_rows('campaign_responses', 'marketo', 'members', {
    'campaign_source_id': 'program_id', 'lead_source_id': 'id', 'response': marketo_response('progression_status'),
    'occurred_at': 'responded_at',
}, unused="case when is_recorded then 'in_activities' when _fivetran_deleted then 'deleted_in_source'"
    ~ " when lower(trim(progression_status)) in (" ~ silent ~ ") then 'not_responded' end") }}
