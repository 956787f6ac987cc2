with

rules as (

    select
        'fit:' || scorecard_id || ':' || rule_id || ':'
        || coalesce(cast(valid_from as {{ dbt.type_string() }}), '') as condition_id,
        scorecard_id,
        rule_id,
        group_id,
        points,
        coalesce(valid_from, {{ start_of_time() }}) as valid_from,
        coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from {{ ref('fit_rules') }}

),

spans as (

    select
        spans.lead_id,
        rules.scorecard_id,
        rules.rule_id,
        rules.group_id,
        rules.points,
        greatest(spans.matched_from, rules.valid_from) as matched_from,
        least(spans.matched_to, rules.valid_to) as matched_to
    from {{ ref('condition_spans') }} as spans
    inner join rules on spans.condition_id = rules.condition_id
    where
        greatest(spans.matched_from, rules.valid_from) < least(spans.matched_to, rules.valid_to)

),

changes as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        matched_from as entered_at,
        1 as match_change,
        points as points_change
    from spans
    union all
    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        matched_to as entered_at,
        -1 as match_change,
        -points as points_change
    from spans
    where matched_to < {{ end_of_time() }}

)

select
    lead_id,
    scorecard_id,
    rule_id,
    group_id,
    entered_at,
    -- Where one version of a rule follows another, the points change and the match goes on.
    case when sum(match_change) > 0 then 'matched' when sum(match_change) < 0 then 'unmatched' else 'changed' end
        as entry_kind,
    cast(sum(points_change) as decimal(18, 6)) as points_change
from changes
group by lead_id, scorecard_id, rule_id, group_id, entered_at
-- One value followed by another that matches as well changes nothing.
having sum(points_change) <> 0
