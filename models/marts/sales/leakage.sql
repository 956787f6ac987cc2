{% set kinds = [
    'mql_without_owner', 'mql_without_touch', 'rejected_not_nurtured', 'accepted_not_qualified', 'sql_without_opportunity',
    'stalled_opportunity',
] %}

with

leaks as (

    select
        lead_id,
        max(leak_rank) as leak_rank,
        {{ joined_text('leak_kind', "', '", 'leak_rank') }} as leak_kinds,
        {% for kind in kinds %}
        max(case when leak_kind = '{{ kind }}' then 1 else 0 end) = 1 as is_{{ kind }},
        {% endfor %}
        count(*) as count_leaks
    from {{ ref('lead_leaks') }}
    group by lead_id

)

select
    leaks.lead_id,
    leads.owner_id,
    leads.account_id,
    furthest.leak_kind,
    leaks.leak_kinds,
    leads.acquisition_channel,
    stages.stage,
    scores.grade,
    scores.score,
    {{ seconds_between('furthest.leaked_at', as_of()) }} / 86400 as days_leaked,
    cast(leaks.count_leaks as bigint) as count_leaks,
    {% for kind in kinds %}
    leaks.is_{{ kind }},
    {% endfor %}
    furthest.leaked_at
from leaks
inner join {{ ref('lead_leaks') }} as furthest
    on
        leaks.lead_id = furthest.lead_id
        and leaks.leak_rank = furthest.leak_rank
inner join {{ ref('leads') }} as leads on leaks.lead_id = leads.lead_id
inner join {{ ref('lead_stages') }} as stages on leaks.lead_id = stages.lead_id
inner join {{ ref('lead_scores') }} as scores
    on
        leaks.lead_id = scores.lead_id
        and stages.scorecard_id = scores.scorecard_id
