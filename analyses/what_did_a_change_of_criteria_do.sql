-- What did each change of the criteria do: which rows changed, and how many leads stand elsewhere because of it?
select
    as_of,
    build_id,
    scorecard_id,
    seed_name,
    row_key,
    change_kind,
    changes,
    count_leads_score_changed,
    count_leads_grade_changed,
    count_mqls_after - count_mqls_before as count_mqls_gained,
    count_sqls_after - count_sqls_before as count_sqls_gained,
    {{ rate('count_leads_score_changed', 'count_leads_compared') }} as score_changed_rate
from {{ ref('criteria_changes') }}
order by as_of desc, build_id asc, change_number asc
