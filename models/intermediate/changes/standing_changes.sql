-- How many leads the changed criteria have moved, per scorecard. Leads that are gone since are left out.
select
    earlier.scorecard_id,
    {% for stage in ['mql', 'sql'] %}
    sum(case when earlier.is_{{ stage }} then 1 else 0 end) as count_{{ stage }}s_before,
    sum(case when restated.is_{{ stage }} then 1 else 0 end) as count_{{ stage }}s_after,
    {% endfor %}
    count(*) as count_leads_compared,
    sum(case when earlier.score <> restated.score then 1 else 0 end) as count_leads_score_changed,
    sum(case when earlier.grade <> restated.grade then 1 else 0 end) as count_leads_grade_changed
from {{ ref('earlier_standings') }} as earlier
inner join {{ ref('restated_standings') }} as restated
    on
        earlier.lead_id = restated.lead_id
        and earlier.scorecard_id = restated.scorecard_id
group by earlier.scorecard_id
