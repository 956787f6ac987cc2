-- Each sequence and stage has both groups, of the same months; the difference is that of their standardised shares and lies
-- in its interval, and where both groups have leads in one month there is one.
{% set outcomes = ['next_stage', 'customer'] %}
select
    enrolled.sequence_name,
    enrolled.stage
from {{ ref('nurture_comparison') }} as enrolled
left join {{ ref('nurture_comparison') }} as others
    on
        enrolled.sequence_name = others.sequence_name
        and enrolled.stage = others.stage
        and others.enrolment_group = 'not enrolled'
where
    enrolled.enrolment_group = 'enrolled'
    and (
        others.stage is null
        or enrolled.first_entry_month <> others.first_entry_month
        or enrolled.last_entry_month <> others.last_entry_month
        or enrolled.count_leads + enrolled.count_young_leads = 0
        {% for name in outcomes %}
        or (enrolled.{{ name }}_difference is null) <> (enrolled.standardised_{{ name }}_rate is null)
        or (enrolled.standardised_{{ name }}_rate is null) <> (others.standardised_{{ name }}_rate is null)
        or abs(
            enrolled.standardised_{{ name }}_rate - others.standardised_{{ name }}_rate - enrolled.{{ name }}_difference
        ) > 1e-9
        or (enrolled.{{ name }}_difference is not null and (enrolled.count_leads = 0 or others.count_leads = 0))
        or (enrolled.{{ name }}_difference_low is null) <> (enrolled.{{ name }}_difference_high is null)
        {% endfor %}
    )
union all
select
    others.sequence_name,
    others.stage
from {{ ref('nurture_comparison') }} as others
left join {{ ref('nurture_comparison') }} as enrolled
    on
        others.sequence_name = enrolled.sequence_name
        and others.stage = enrolled.stage
        and enrolled.enrolment_group = 'enrolled'
where others.enrolment_group = 'not enrolled' and enrolled.stage is null
