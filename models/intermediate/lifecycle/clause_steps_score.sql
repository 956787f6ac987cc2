-- A score clause steps where the score crosses what it asks for.
with

steps as (

    select changed_steps.*
    from {{ of_changed_leads(ref('score_steps')) }} as changed_steps

),

compared as (

    {% for metric in ['fit_score', 'engagement_score', 'score'] %}
    select
        steps.lead_id,
        clauses.clause_version_id,
        steps.entered_at as checked_at,
        steps.{{ metric }} as actual_value,
        {{ meets('clauses.operator', 'steps.' ~ metric, 'clauses.needed_value') }} as is_met,
        {{ meets('clauses.operator', 'steps.earlier_' ~ metric, 'clauses.needed_value') }} as was_met
    from steps
    inner join {{ ref('stage_clauses') }} as clauses
        on
            steps.scorecard_id = clauses.scorecard_id
            and clauses.metric = '{{ metric }}'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    lead_id,
    clause_version_id,
    checked_at,
    actual_value,
    is_met
from compared
where was_met is null or is_met <> was_met
