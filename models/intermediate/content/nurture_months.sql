-- Whoever is not enrolled is everybody less those who are: no lead is joined with every sequence.
{% set counts = {
    'leads': 'is_mature', 'next_stage_leads': 'is_mature and has_next_stage',
    'customers': 'is_mature and has_become_customer', 'young_leads': 'not is_mature',
} %}
with

everybody as (

    select
        stage,
        entry_month,
        {% for name, condition in counts.items() %}
        sum(case when {{ condition }} then 1 else 0 end) as count_{{ name }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('stage_landmarks') }}
    group by stage, entry_month

),

addressed as (

    select
        landmarks.*,
        enrolments.sequence_name,
        enrolments.enrolled_at >= landmarks.entered_at as is_enrolled
    from {{ ref('stage_landmarks') }} as landmarks
    inner join {{ ref('sequence_enrolments') }} as enrolments
        on
            landmarks.lead_id = enrolments.lead_id
            and landmarks.landmark_at > enrolments.enrolled_at

),

-- Who was in the sequence before the stage is in neither group.
enrolled as (

    select
        sequence_name,
        stage,
        entry_month,
        {% for name, condition in counts.items() %}
        sum(case when is_enrolled and {{ condition }} then 1 else 0 end) as count_{{ name }},
        sum(case when {{ condition }} then 1 else 0 end) as count_any_{{ name }},
        {% endfor %}
        max(case when is_enrolled then 1 else 0 end) as has_enrolled
    from addressed
    group by sequence_name, stage, entry_month

)

select
    enrolled.sequence_name,
    enrolled.stage,
    enrolled.entry_month,
    {% for name in counts %}
    enrolled.count_{{ name }},
    everybody.count_{{ name }} - enrolled.count_any_{{ name }} as count_other_{{ name }}{% if not loop.last %},{% endif %}

    {% endfor %}
from enrolled
inner join everybody
    on
        enrolled.stage = everybody.stage
        and enrolled.entry_month = everybody.entry_month
where enrolled.has_enrolled = 1
