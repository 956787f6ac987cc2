-- Every moment at which a lead could first have as high a score where the clause asks for it, and the score then. Where the
-- score falls or stays, no threshold is met that was not met before.
with

values_in_spans as (

    select
        spans.lead_id,
        spans.clause_id,
        case spans.metric
            when 'fit_score' then steps.fit_score
            when 'engagement_score' then steps.engagement_score
            else steps.score
        end as reached_value,
        case spans.metric
            when 'fit_score' then steps.earlier_fit_score
            when 'engagement_score' then steps.earlier_engagement_score
            else steps.earlier_score
        end as earlier_value,
        steps.entered_at <= spans.holds_from as is_first,
        greatest(spans.holds_from, steps.entered_at) as held_from,
        least(spans.holds_to, steps.held_until) as held_until
    from {{ ref('other_clause_spans') }} as spans
    inner join {{ ref('score_steps') }} as steps
        on
            spans.lead_id = steps.lead_id
            and spans.scorecard_id = steps.scorecard_id
            and spans.holds_from < steps.held_until
            and steps.entered_at < spans.holds_to

),

-- In a later cycle rules count at new activities only.
in_cycles as (

    select
        held.lead_id,
        held.clause_id,
        cycles.cycle_number,
        held.reached_value,
        case when cycles.cycle_number = 1 then held.held_from else activities.moment end as reached_at,
        coalesce(cycles.ended_at, {{ end_of_time() }}) as cycle_ends_at
    from values_in_spans as held
    inner join {{ ref('lead_cycles') }} as cycles
        on
            held.lead_id = cycles.lead_id
            and (
                cycles.cycle_number > 1
                or (
                    held.held_from >= cycles.started_at
                    and (held.is_first or coalesce(held.reached_value > held.earlier_value, true))
                )
            )
    left join {{ ref('new_activity_moments') }} as activities
        on
            cycles.lead_id = activities.lead_id
            and cycles.cycle_number > 1
            and activities.moment > cycles.started_at
            and activities.moment >= held.held_from
            and activities.moment < held.held_until

)

select
    lead_id,
    clause_id,
    cycle_number,
    reached_value,
    reached_at
from in_cycles
where reached_at < cycle_ends_at and reached_at <= {{ as_of() }}
